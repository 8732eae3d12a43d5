"""`spar-eval pool`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from spar_data.cli.options import FILE, json_option


@click.command()
@click.argument("runs", nargs=-1, required=True, type=FILE, metavar="RUN RUN...")
@json_option
def pool(runs: tuple[Path, ...], as_json: bool) -> None:
    """Pool several finished runs of one task, e.g. seeds: mean and standard deviation of each score between runs.

    \b
    Example:
      spar-eval pool runs/seed0 runs/seed1 runs/seed2
    """
    import orjson

    from spar_eval.comparison.pooled import pool as pool_runs
    from spar_eval.report.text import line
    from spar_eval.run_folder import load_result

    pooled = pool_runs([load_result(run) for run in runs])
    if as_json:
        click.echo(orjson.dumps(dataclasses.asdict(pooled)).decode())
        return
    click.echo(
        f"{pooled.task}: {len(runs):,} runs of {pooled.items:,} items: {', '.join(dict.fromkeys(pooled.models))}"
    )
    width = max([18, *(len(spread.name) for spread in pooled.spreads), *(len(score.name) for score in pooled.scores)])
    click.echo("\nscores as reported: mean, standard deviation between runs, lowest and highest")
    for spread in pooled.spreads:
        scale = 100 if spread.unit == "%" else 1
        mean, sd, low, high = (scale * value for value in (spread.mean, spread.sd, spread.low, spread.high))
        click.echo(f"{spread.name:<{width}}  {mean:6.2f}  sd {sd:.2f}  {low:.2f} to {high:.2f}")
    click.echo("\nover all responses, intervals clustered by item")
    for score in pooled.scores:
        click.echo(line(score, width))
    for note in pooled.notes:
        click.echo(f"note: {note}")
