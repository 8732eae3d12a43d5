"""The options of the training commands: one for each field of Settings, and what goes in and out."""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from spar_data.cli.options import FILE, json_option, limit_option
from spar_train.training.settings import ATTENTIONS, DTYPES, PRECISIONS, SCHEDULES, Settings

_HELP = {
    "learning_rate": "At its highest.",
    "epochs": "How often every row is seen; 0.5 is half of them.",
    "schedule": "How the learning rate goes on after the warm-up.",
    "warmup_ratio": "Share of the steps in which the learning rate rises.",
    "batch_size": "Rows of an optimizer step, over all processes.",
    "max_length": "Tokens; longer rows are set aside, never cut.",
    "beta": "Strength of the reference.",
    "nll_weight": "Weight of the chosen side's NLL per token.",
    "weight_decay": "Of matrices.",
    "max_grad_norm": "Longer gradients are shortened to it.",
    "seed": "Of the order of rows, of dropout and of LoRA's first weights.",
    "precision": "auto: bf16 on a GPU, fp32 on a CPU. Weights are float32 in any case.",
    "gradient_checkpointing": "Less memory, about a third more time.",
    "lora": "Rank of LoRA layers; 0: all weights are trained.",
    "lora_alpha": "Of LoRA.  [default: twice the rank]",
    "attention": "auto: without padding where the model allows it.",
    "tokens_per_batch": "Of a micro-batch: as many as the memory holds. It does not change the result.",
    "train_critique": "Train earlier replies of a dialogue too, not the last one alone.",
    "max_steps": "Stop after so many steps; 0: as --epochs says.",
    "save_every": "Steps from checkpoint to checkpoint; 0: one at the end.",
    "keep": "Checkpoints kept while training.",
    "save_dtype": "Of the trained weights; auto: as those of --model.",
}
_CHOICES = {"schedule": SCHEDULES, "precision": PRECISIONS, "attention": ATTENTIONS, "save_dtype": DTYPES}
_SILENT = ("lora_alpha", "gradient_checkpointing", "train_critique")  # their help says it, or off is plain


def training_options(
    defaults: Settings, without: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Adds ROWS, --model, --out and the rest. The command gets rows, model, out, limit, held_out, eval_file, dry_run, as_json
    and `given`: the settings that were named. without: fields of Settings that get no option."""
    fields = [each.name for each in dataclasses.fields(Settings) if each.name not in without]
    hints = typing.get_type_hints(Settings)

    def add(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(*args: Any, **values: Any) -> None:
            given = {name: value for name in fields if (value := values.pop(name)) is not None}
            command(*args, given=given, **values)

        options: list[Any] = [_option(name, hints[name], getattr(defaults, name)) for name in fields]
        for option in reversed([*_IN_AND_OUT, *options, *_LAST]):
            run = option(run)
        return run

    return add


def _option(name: str, kind: type, default: Any) -> Callable[[Any], Any]:
    text = (
        _HELP[name]
        if name in _SILENT
        else f"{_HELP[name]}  [default: {default:g}]"
        if kind in (int, float)
        else f"{_HELP[name]}  [default: {default}]"
    )
    text = text.replace("e-0", "e-")
    flag = f"--{name.replace('_', '-')}"
    if kind is bool:
        return click.option(flag, is_flag=True, default=None, help=text)
    if name in _CHOICES:
        return click.option(flag, type=click.Choice(_CHOICES[name]), default=None, help=text)
    return click.option(flag, type=kind, default=None, metavar="N" if kind is int else "X", help=text)


_IN_AND_OUT = (
    click.argument("rows", nargs=-1, required=True, type=FILE),
    click.option("--model", required=True, metavar="SPEC", help="Folder, name on the Hub, hf:PATH or smollm2."),
    click.option("--out", type=FILE, required=True, help="Folder to write; that of a run that was stopped goes on."),
    limit_option("rows"),
    click.option("--held-out", type=click.IntRange(0), default=0, metavar="N",
                 help="Measure on N rows at the end of each epoch and do not train on them; whole prompts are taken."),
    click.option("--eval", "eval_file", type=FILE, metavar="FILE", help="Measure on the rows of FILE."),
)  # fmt: skip
_LAST = (
    click.option("--dry-run", is_flag=True, help="Print rows, tokens and steps, train nothing."),
    json_option,
)


def train(
    stage: str, settings: Settings, rows: tuple[Path, ...], model: str, out: Path, limit: int | None, held_out: int,
    eval_file: Path | None, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """What every training command does once its settings are known."""
    import json
    import os

    from spar_data.cli.progress import meter
    from spar_train.cli.text import closing, plan, planned
    from spar_train.training.fit import fit
    from spar_train.training.job import Job, Report
    from spar_train.training.metrics import told

    job = Job(stage, model, rows, out, settings, limit, held_out, eval_file)
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
