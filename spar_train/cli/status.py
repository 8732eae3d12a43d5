"""`spar-train status`: where a loop is."""

from __future__ import annotations

import json
from pathlib import Path

import click

from spar_data.cli.options import FILE, json_option


@click.command()
@click.argument("loops", metavar="OUT...", type=FILE, nargs=-1, required=True)
@json_option
def status(loops: tuple[Path, ...], as_json: bool) -> None:
    """Show the steps of a loop: done, running, waiting, with time and key figure; and what its scores came to.

    Several loops (seeds) are told together at the end: the same evaluation before and after, paired by prompt.

    \b
    Examples:
      spar-train status runs/loop
      spar-train status runs/loop/seed-0 runs/loop/seed-1 runs/loop/seed-2
    """
    from spar_train.loop.progress import closing, heading, show, table
    from spar_train.loop.state import read

    configs = []
    shown = []
    for out in loops:
        config, facts = read(out)
        rows = table(config)
        configs.append(config)
        shown.append({"out": str(out), "state": heading(config, facts), "steps": rows})
        if not as_json:
            click.echo(f"{out}: {heading(config, facts)}")
            show(rows)
            click.echo("")
    verdicts = closing(configs)
    if as_json:
        click.echo(json.dumps({"loops": shown, "scores": [each.to_dict() for each in verdicts]}))
        return
    for verdict in verdicts:
        click.echo(verdict.line())
