"""Options that every command which asks a model has in common."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FILE = click.Path(path_type=Path)

store_option = click.option(
    "--store",
    "store_file",
    type=FILE,
    default=Path("runs") / "completions.sqlite",
    show_default=True,
    help="Where answers are kept.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")


def limit_option(rows: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """--limit; rows: what is counted, in the plural."""
    return click.option(
        "--limit", type=click.IntRange(min=1), default=None, metavar="N", help=f"The first N {rows} only."
    )


def dry_run_option(by: str = "") -> Callable[[Callable[..., None]], Callable[..., None]]:
    """--dry-run; by: what the estimate is broken down by, e.g. " of each phase"."""
    return click.option("--dry-run", is_flag=True, help=f"Print calls, tokens and money{by}, make no call.")


_OPTIONS = (
    click.option("--concurrency", type=click.IntRange(0), default=0, metavar="N",
                 help="Calls in flight at most; fewer if the server asks for it.  [default: 64 a server]"),
    click.option("--rpm", type=click.IntRange(0), default=0, metavar="N", help="Requests per minute at most."),
    click.option("--tpm", type=click.IntRange(0), default=0, metavar="N", help="Tokens per minute at most."),
    click.option("--deadline", type=float, default=600.0, show_default=True, metavar="SECONDS",
                 help="For one request, its retries included."),
    click.option("--attempts", type=click.IntRange(1), default=8, show_default=True, metavar="N",
                 help="How often a call is sent that fails in a way that can heal."),
    click.option("--max-tokens-total", type=click.IntRange(0), default=0, metavar="N",
                 help="Stop before this run uses more tokens."),
    click.option("--max-cost", type=float, default=0.0, metavar="USD",
                 help="Stop before this run costs more; SPAR_PRICES=FILE names a price table of your own."),
    click.option("--batch", is_flag=True, help="Use the provider's batch API: cheaper, takes up to a day."),
)  # fmt: skip
_NAMES = ("concurrency", "rpm", "tpm", "deadline", "attempts", "max_tokens_total", "max_cost", "batch")


def limit_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options; the command gets them as one argument, `limits`."""

    @functools.wraps(command)
    def run(*args: Any, **values: Any) -> None:
        from spar_data.models.budget import Limits

        limits = Limits(**{name: values.pop(name) for name in _NAMES})
        command(*args, limits=limits, **values)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run
