"""What a run would ask, said before it asks."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from spar_data.models.estimate import CallPlan


def say(plans: Sequence[tuple[str, str, CallPlan]], as_json: bool) -> None:
    """plans: (phase, model, plan)."""
    if as_json:
        click.echo(json.dumps([{"phase": f, "model": m, **dataclasses.asdict(plan)} for f, m, plan in plans]))
        return
    for phase, model, plan in plans:
        click.echo(f"{phase}, {model}: {plan}")
    click.echo("No call was made.")
