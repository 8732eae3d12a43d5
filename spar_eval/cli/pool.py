"""`spar-eval pool`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from spar_eval.cli.options import FILE


@click.command()
@click.argument("runs", nargs=-1, required=True, type=FILE, metavar="RUN RUN...")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def pool(runs: tuple[Path, ...], as_json: bool) -> None:
    """Several finished runs of one task (seeds) as one: mean and standard deviation of each score between runs.

    \b
    Example:
      spar-eval pool runs/seed0 runs/seed1 runs/seed2
    """
    import orjson

    from spar_eval.comparison.pooled import pool as work
    from spar_eval.report.text import line
    from spar_eval.run_folder import load_result

    found = work([load_result(each) for each in runs])
    if as_json:
        click.echo(orjson.dumps(dataclasses.asdict(found)).decode())
        return
    click.echo(f"{found.task}: {len(runs):,} runs of {found.items:,} items: {', '.join(dict.fromkeys(found.models))}")
    width = max([18, *(len(each.name) for each in found.spreads), *(len(score.name) for score in found.scores)])
    click.echo("\nscores as reported: mean, standard deviation between runs, lowest and highest")
    for each in found.spreads:
        mean, sd, low, high = (100 * x if each.unit == "%" else x for x in (each.mean, each.sd, each.low, each.high))
        click.echo(f"{each.name:<{width}}  {mean:6.2f}  sd {sd:.2f}  {low:.2f} to {high:.2f}")
    click.echo("\nover all responses, intervals clustered by item")
    for score in found.scores:
        click.echo(line(score, width))
    for note in found.notes:
        click.echo(f"note: {note}")
