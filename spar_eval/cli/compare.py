"""`spar-eval compare`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from spar_data.cli.options import FILE, json_option


@click.command()
@click.argument("runs", nargs=-1, type=FILE, metavar="[A B]")
@click.option("--a", "runs_a", type=FILE, multiple=True, help="Run of side A; repeat the option to pool seeds.")
@click.option("--b", "runs_b", type=FILE, multiple=True, help="Run of side B; repeat the option to pool seeds.")
@click.option("--metric", help="Compare this metric only, e.g. strict.  [default: all]")
@click.option(
    "--list",
    "listed",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    metavar="N",
    help="Changed checks to show in each direction; JSON has all.",
)
@click.option(
    "--draws", type=click.IntRange(100, 1_000_000), default=10_000, show_default=True, help="Draws of the bootstrap."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the bootstrap.")
@click.option("--html", type=FILE, help="Write a page with both runs side by side (the first run of each side).")
@json_option
def compare(
    runs: tuple[Path, ...], runs_a: tuple[Path, ...], runs_b: tuple[Path, ...], metric: str | None, listed: int,
    draws: int, seed: int, html: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Compare two finished runs of one task on the same items: is B better than A, where, and is it more than noise?

    A and B are run folders. With --a and --b each side may be several runs (seeds), averaged by item.

    \b
    Examples:
      spar-eval compare runs/eval/ifeval/base runs/eval/ifeval/tuned
      spar-eval compare runs/base runs/tuned --metric strict --list 50 --html compare.html
      spar-eval compare --a base-seed0 --a base-seed1 --b tuned-seed0 --b tuned-seed1
    """
    from spar_eval.comparison.compare import compare as compare_runs
    from spar_eval.comparison.text import lines
    from spar_eval.report.page import page
    from spar_eval.run_folder import load_result

    if len(runs) == 2 and not runs_a and not runs_b:
        runs_a, runs_b = (runs[0],), (runs[1],)
    elif runs or not runs_a or not runs_b:
        raise click.UsageError("two run folders A and B are expected, or --a RUN and --b RUN, each as often as needed")
    a, b = [load_result(run) for run in runs_a], [load_result(run) for run in runs_b]
    comparison = compare_runs(a, b, metric, draws, seed)
    if html:
        page([a[0], b[0]], html)
    if as_json:
        click.echo(json.dumps({**comparison.to_dict(), "html": str(html) if html else None}))
        return
    for line in lines(comparison, listed):
        click.echo(line)
    if html:
        click.echo(str(html))
