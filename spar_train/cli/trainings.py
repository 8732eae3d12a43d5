"""`spar-train sft`, `dpo` and `rft`: the trainings, which share their options."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spar_data.cli.options import FILE, config_options, json_option, limit_option
from spar_train.config import DPO, DPO_WEIGHTS, RFT, SFT, TrainingConfig

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


def _options(
    defaults: TrainingConfig, without: tuple[str, ...]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds the shared options, and those of TrainingConfig but `without`, whose given values are the argument `changes`."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        config = config_options(TrainingConfig, "changes", without, defaults, partial=True)
        for option in reversed((*_INPUT_AND_OUTPUT, config, *_MODES)):
            command = option(command)
        return command

    return add


@click.command()
@_options(SFT, without=("beta", "nll_weight"))
def sft(**values: Any) -> None:
    """Train a model on the dialogues of ROWS (.parquet or .jsonl); the loss is on their last reply.

    \b
    Examples:
      spar-train sft runs/sft/actor.parquet --model meta-llama/Llama-3.1-8B-Instruct --out runs/actor-0
      spar-train sft runs/sft/judge.parquet runs/sft/refine.parquet --model runs/actor-0/model --out runs/refiner-0
      spar-train sft actor.parquet --model smollm2 --lora 16 --learning-rate 1e-4 --held-out 100 --out runs/actor-0
      accelerate launch --config_file $(spar-train config fsdp) -m spar_train.cli.main sft actor.parquet \\
          --model meta-llama/Llama-3.1-8B-Instruct --out runs/actor-0
    """
    _run("sft", **values)


@click.command()
@click.option(
    "--recipe",
    type=click.Choice(sorted(DPO_WEIGHTS)),
    default="spar",
    show_default=True,
    help="Method whose --beta and --nll-weight are the defaults.",
)
@_options(DPO, without=("train_critique",))
def dpo(**values: Any) -> None:
    """Train a model on the pairs of ROWS (.parquet or .jsonl). The reference is the start model.

    \b
    Examples:
      spar-train dpo pairs/dpo.parquet --model runs/actor-0/model --out runs/actor-1
      spar-train dpo pairs.jsonl --model runs/actor-0/model --recipe iterative-rpo --held-out 200 --out runs/actor-1
      spar-train dpo pairs.parquet --model smollm2 --max-steps 4 --dry-run --out runs/try
      accelerate launch --config_file $(spar-train config zero3) -m spar_train.cli.main dpo pairs.parquet \\
          --model runs/actor-0/model --out runs/actor-1
    """
    _run("dpo", **values)


@click.command()
@click.option(
    "--start",
    type=click.Choice(["previous", "base"]),
    default="previous",
    show_default=True,
    help="Start from --model, or from --base. The paper does not say which.",
)
@click.option("--base", default="", metavar="SPEC", help="Model before the first iteration, for --start base.")
@_options(RFT, without=("beta", "nll_weight"))
def rft(start: str, base: str, model: str, **values: Any) -> None:
    """Train a refiner (or an actor) on accepted ROWS: supervised fine-tuning, as in `sft`.

    \b
    Examples:
      spar-train rft pairs/rft.parquet --model runs/refiner-0/model --out runs/refiner-1
      spar-train rft pairs/rft.parquet --model runs/refiner-0/model --start base --base models/start \\
          --out runs/refiner-1
    """
    if (start == "base") != bool(base):
        raise click.UsageError("--start base and --base SPEC belong together")
    _run("rft", model=base or model, **values)


def _run(stage: str, rows: tuple[Path, ...], as_json: bool, changes: dict[str, Any], **values: Any) -> None:
    """Trains with the values of a command line, shows the progress and prints the result."""
    from spar_data.cli.progress import meter
    from spar_train.training import train
    from spar_train.training.job import TrainingProgress
    from spar_train.training.metrics import StepMetrics, metrics_text

    with meter() as bar:

        def step(metrics: StepMetrics, total: int, remaining: float) -> None:
            bar.show(stage, metrics_text(metrics, total, remaining), int(metrics["step"]), total)

        def say(line: str) -> None:
            if not as_json:
                click.echo(line, err=True)

        result = getattr(train, stage)(rows, progress=TrainingProgress(say, step), **values, **changes)
    if os.environ.get("RANK", "0") == "0":
        click.echo(json.dumps(result.to_dict()) if as_json else repr(result))
