"""The options that `sft`, `dpo` and `rft` share, and the call of the training."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_data.cli.options import FILE, config_options, json_option, limit_option
from spar_train.config import TrainingConfig

if TYPE_CHECKING:
    from spar_train.training.dry_run import DryRun
    from spar_train.training.metrics import StepMetrics
    from spar_train.training.train import TrainedModel

_INPUT_AND_OUTPUT = (
    click.argument("rows", nargs=-1, required=True, type=FILE),
    click.option("--model", required=True, metavar="SPEC",
                 help="Model to train: a folder, a name on the Hub, hf:PATH or smollm2."),
    click.option("--out", type=FILE, required=True,
                 help="Folder to write. A training that was stopped there continues."),
    limit_option("rows"),
    click.option("--held-out", type=click.IntRange(0), default=0, metavar="N",
                 help="Evaluate on N rows after each epoch and do not train on them; whole prompts are held out."),
    click.option("--eval", "eval_rows", type=FILE, metavar="FILE", help="Evaluate on the rows of FILE after each epoch."),
)  # fmt: skip
_MODES = (
    click.option("--dry-run", is_flag=True, help="Print rows, tokens, steps and memory; train nothing."),
    json_option,
)


def training_options(
    defaults: TrainingConfig, without: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds the options. The command gets rows, model, out, limit, held_out, eval_rows, dry_run, as_json and `changes`: the
    values of TrainingConfig that were given. without: fields of TrainingConfig that get no option."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(_MODES):
            command = option(command)
        command = config_options(TrainingConfig, "changes", without, defaults, partial=True)(command)
        for option in reversed(_INPUT_AND_OUTPUT):
            command = option(command)
        return command

    return add


def run_training(
    train: Callable[..., TrainedModel | DryRun], rows: tuple[Path, ...], as_json: bool, changes: dict[str, Any], **values: Any
) -> None:  # fmt: skip
    """Calls a training with the values of a command line, shows its progress and prints its result."""
    from spar_data.cli.progress import meter
    from spar_train.training.job import TrainingProgress
    from spar_train.training.metrics import metrics_text

    with meter() as bar:

        def step(metrics: StepMetrics, total: int, remaining: float) -> None:
            bar.show(train.__name__, metrics_text(metrics, total, remaining), int(metrics["step"]), total)

        def say(line: str) -> None:
            if not as_json:
                click.echo(line, err=True)

        result = train(rows, progress=TrainingProgress(say, step), **values, **changes)
    if os.environ.get("RANK", "0") == "0":
        click.echo(json.dumps(result.to_dict()) if as_json else repr(result))
