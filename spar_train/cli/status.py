"""`spar-train status`: the state of a loop."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_data.cli.options import FILE, json_option

if TYPE_CHECKING:
    from spar_train.loop.progress import StepState


@click.command()
@click.argument("loops", metavar="OUT...", type=FILE, nargs=-1, required=True)
@json_option
def status(loops: tuple[Path, ...], as_json: bool) -> None:
    """Show the steps of a loop with state, time and key figure, and the change of its scores.

    Several loops (seeds) are compared together at the end: the same evaluation before and after, paired by prompt.

    \b
    Examples:
      spar-train status runs/loop
      spar-train status runs/loop/seed-0 runs/loop/seed-1 runs/loop/seed-2
    """
    from spar_train.loop.progress import conclusions, loop_state, step_states
    from spar_train.loop.state import read_loop

    configs, states = [], []
    for out in loops:
        config, facts = read_loop(out)
        steps, state = step_states(config), loop_state(config, facts)
        configs.append(config)
        states.append({"out": str(out), "state": state, "steps": [dataclasses.asdict(step) for step in steps]})
        if not as_json:
            click.echo(f"{out}: {state}")
            _print_table(steps)
            click.echo("")
    changes = conclusions(configs)
    if as_json:
        click.echo(json.dumps({"loops": states, "scores": [change.to_dict() for change in changes]}))
        return
    for change in changes:
        click.echo(change.line())


def _print_table(steps: Sequence[StepState]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("step", "state", "time", "figure"):
        table.add_column(name, justify="right" if name == "time" else "left", no_wrap=name != "figure")
    for step in steps:
        table.add_row(step.step, step.state, _format_time(step.seconds), step.figure)
    console = Console()
    Console(width=None if console.is_terminal else 160, markup=False, highlight=False).print(table)


def _format_time(seconds: float | None) -> str:
    """'1:02:05', '2:05'; "" for None."""
    if seconds is None:
        return ""
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"
