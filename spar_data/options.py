"""Options that every command which asks a model has in common."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

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
