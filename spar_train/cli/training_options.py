"""The options that `sft`, `dpo` and `rft` share: one for each field of TrainingConfig, besides input and output."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spar_data.cli.options import FILE, config_options, json_option, limit_option
from spar_train.config import TrainingConfig

_INPUT_AND_OUTPUT = (
    click.argument("rows", nargs=-1, required=True, type=FILE),
    click.option("--model", required=True, metavar="SPEC",
                 help="Model to train: a folder, a name on the Hub, hf:PATH or smollm2."),
    click.option("--out", type=FILE, required=True,
                 help="Folder to write. A training that was stopped there continues."),
    limit_option("rows"),
    click.option("--held-out", type=click.IntRange(0), default=0, metavar="N",
                 help="Evaluate on N rows after each epoch and do not train on them; whole prompts are held out."),
    click.option("--eval", "eval_file", type=FILE, metavar="FILE", help="Evaluate on the rows of FILE after each epoch."),
)  # fmt: skip
_MODES = (
    click.option("--dry-run", is_flag=True, help="Print rows, tokens, steps and memory; train nothing."),
    json_option,
)


def training_options(
    defaults: TrainingConfig, without: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds the options. The command gets rows, model, out, limit, held_out, eval_file, dry_run, as_json and `changes`: the
    values of TrainingConfig that were given. without: fields of TrainingConfig that get no option."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(_MODES):
            command = option(command)
        command = config_options(TrainingConfig, "changes", without, defaults, partial=True)(command)
        for option in reversed(_INPUT_AND_OUTPUT):
            command = option(command)
        return command

    return add


def train(
    stage: str, config: TrainingConfig, rows: tuple[Path, ...], model: str, out: Path, limit: int | None, held_out: int,
    eval_file: Path | None, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """What every training command does once its config is known."""
    import json
    import os

    from spar_data.cli.progress import meter
    from spar_train.cli.text import closing, plan, planned
    from spar_train.training.fit import fit
    from spar_train.training.job import Job, Report
    from spar_train.training.metrics import told

    job = Job(stage, model, rows, out, config, limit, held_out, eval_file)
    if dry_run:
        found = plan(job)
        click.echo(json.dumps(found) if as_json else planned(found))
        return
    main = os.environ.get("RANK", "0") == "0"
    with meter() as bar:

        def step(line: dict[str, Any], total: int, left: float) -> None:
            bar.show(stage, told(line, total, left), line["step"], total)

        say = (lambda line: None) if as_json else (lambda line: click.echo(line, err=True))
        facts = fit(job, Report(say, step))
    if main:
        click.echo(json.dumps({**facts, "out": str(out)}) if as_json else closing(facts, out))
