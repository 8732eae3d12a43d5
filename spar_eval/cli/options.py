"""Options that the evaluators have in common, and how each of them ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_data.cli.options import FILE, dry_run_option, limit_option, limit_options, store_option
from spar_eval.report.text import lines
from spar_eval.results import Result

if TYPE_CHECKING:
    from spar_data.models import Request

_SAMPLING = (
    click.option("--temperature", type=click.FloatRange(0, 2), default=0.0, show_default=True),
    click.option("--top-p", type=click.FloatRange(0, 1, min_open=True), default=1.0, show_default=True),
    click.option("--max-tokens", type=click.IntRange(1), default=2048, show_default=True, help="Of one reply; a "
                 "reply that is cut off counts as failed, and the report says how many were."),
    click.option("--system", default="", help="A system prompt."),
)  # fmt: skip


def sampling_options(command: Callable[..., None]) -> Callable[..., None]:
    """temperature, top_p, max_tokens and system of the model under test; greedy by default."""
    for option in reversed(_SAMPLING):
        command = option(command)
    return command


partial_option = click.option(
    "--partial", is_flag=True, help="Score although calls of the model failed: these responses count as failed."
)


def run_options(command: Callable[..., None]) -> Callable[..., None]:
    """limit, out, store_file, limits, dry_run and as_json."""
    command = limit_options(command)
    for option in reversed(
        (
            limit_option("items"),
            click.option("--out", type=FILE, help="Folder for the result.  [default: runs/eval/TASK/MODEL]"),
            store_option,
            dry_run_option(),
            click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def folder(out: Path | None, task: str, model: str) -> Path:
    """Where a result goes if nobody says so."""
    name = "".join(c if c.isalnum() or c in "-._" else "-" for c in model).strip("-.")
    return out or Path("runs/eval") / task / (name[-80:] or "responses")


def plan(model: str | None, requests: Iterable[Request], store_file: Path, as_json: bool) -> None:
    """What --dry-run prints."""
    from spar_data.cli.models import show_plan
    from spar_data.models.estimate import plan_calls

    if model is None:
        click.echo("No calls, no tokens, no money: the responses are there. Nothing was written.")
        return
    show_plan(plan_calls(model, requests, store_file), model, as_json)


def finish(result: Result, out: Path, as_json: bool, more: dict[str, Any] | None = None) -> None:
    """Writes the run folder and says what came out. more: what else belongs to the JSON."""
    from spar_eval.run_folder import save_result

    save_result(result, out)
    if as_json:
        click.echo(json.dumps({**result.summary(), **(more or {}), "out": str(out)}))
        return
    for line in lines(result):
        click.echo(line)
    click.echo(f"{out}/report.html")
