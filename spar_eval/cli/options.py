"""Options and output that the evaluators share."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_data.cli.options import FILE, config_options, dry_run_option, limit_option, limit_options, store_option
from spar_eval.report.text import lines

if TYPE_CHECKING:
    from spar_data.models.estimate import CallPlan
    from spar_eval.results import Result

__all__ = ["FILE", "config_options"]  # for the commands

Command = Callable[..., None]

out_option = click.option("--out", type=FILE, help="Folder for the result.  [default: runs/eval/TASK/MODEL]")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


def model_or_responses(command: Command) -> Command:
    """--model and --responses: one of them is given."""
    command = click.option(
        "--responses",
        type=FILE,
        help="Score these responses instead: JSON Lines with prompt (or id) and response, as Google's files or the "
        "responses.jsonl of an earlier run.",
    )(command)
    return click.option("--model", metavar="SPEC", help="The model that responds; `spar-data models` lists the kinds.")(
        command
    )


def run_options(command: Command) -> Command:
    """limit, out, store_file, limits, dry_run and as_json."""
    for option in (json_option, dry_run_option(), store_option, out_option, limit_option("items"), limit_options):
        command = option(command)
    return command


def result_folder(task: str, model: str) -> Path:
    """The default folder of a result."""
    name = "".join(c if c.isalnum() or c in "-._" else "-" for c in model).strip("-.")
    return Path("runs/eval") / task / (name[-80:] or "responses")


def show_plan(plan: CallPlan | None, model: str | None, as_json: bool) -> None:
    """Prints what --dry-run found. plan: None if the responses are given."""
    from spar_data.cli.models import show_plan as show

    if plan is None or model is None:
        click.echo("No calls, no tokens, no money: the responses are given. Nothing was written.")
    else:
        show(plan, model, as_json)


def show_plans(plans: Sequence[tuple[str, str, CallPlan]], as_json: bool) -> None:
    """The same for (phase, model, plan) of several phases."""
    if as_json:
        rows = [{"phase": phase, "model": model, **dataclasses.asdict(plan)} for phase, model, plan in plans]
        click.echo(json.dumps(rows))
        return
    for phase, model, plan in plans:
        click.echo(f"{phase}, {model}: {plan}")
    click.echo("No call was made.")


def finish(result: Result, out: Path, as_json: bool, more: Mapping[str, object] = {}) -> None:
    """Writes the run folder and prints the result. more: further fields of the JSON."""
    from spar_eval.run_folder import save_result

    save_result(result, out)
    if as_json:
        click.echo(json.dumps({**result.summary(), **more, "out": str(out)}))
        return
    for line in lines(result):
        click.echo(line)
    click.echo(f"{out}/report.html")
