"""What a run would ask, said before it asks."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from spar_data.models.respond import Plan


def say(plans: Sequence[tuple[str, str, Plan]], as_json: bool) -> None:
    """plans: (phase, model, plan)."""
    if as_json:
        click.echo(json.dumps([{"phase": f, "model": m, **dataclasses.asdict(plan)} for f, m, plan in plans]))
        return
    for phase, model, plan in plans:
        money = "no price known for this model" if plan.usd is None else f"at most {plan.usd:,.2f} USD at list price"
        click.echo(
            f"{phase}, {model}: {plan.calls:,} calls for {plan.samples:,} samples, about {plan.prompt_tokens:,} tokens in "
            f"and at most {plan.completion_tokens:,} out, {money}"
        )
    click.echo("No call was made.")
