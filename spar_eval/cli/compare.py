"""`spar-eval compare`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from spar_eval.cli.options import FILE


@click.command()
@click.argument("runs", nargs=-1, type=FILE, metavar="[A B]")
@click.option("--a", "more_a", type=FILE, multiple=True, help="A run of side A; repeat it to pool seeds.")
@click.option("--b", "more_b", type=FILE, multiple=True, help="A run of side B; repeat it to pool seeds.")
@click.option("--metric", help="This metric only, e.g. strict.  [default: all]")
@click.option(
    "--list",
    "listed",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    metavar="N",
    help="Changed checks to show each way; JSON has all.",
)
@click.option(
    "--draws", type=click.IntRange(100, 1_000_000), default=10_000, show_default=True, help="Of the bootstrap."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--html", type=FILE, help="Write a page with both runs side by side (the first run of each side).")
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
def compare(
    runs: tuple[Path, ...], more_a: tuple[Path, ...], more_b: tuple[Path, ...], metric: str | None, listed: int,
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
    from spar_eval.comparison.compare import compare as work
    from spar_eval.comparison.text import lines
    from spar_eval.report.page import page
    from spar_eval.run_folder import load_result

    if len(runs) == 2 and not more_a and not more_b:
        more_a, more_b = (runs[0],), (runs[1],)
    elif runs or not more_a or not more_b:
        raise click.UsageError("two run folders A and B are expected, or --a RUN and --b RUN, each as often as needed")
    a, b = [load_result(each) for each in more_a], [load_result(each) for each in more_b]
    found = work(a, b, metric, draws, seed)
    if html:
        page([a[0], b[0]], html)
    if as_json:
        click.echo(json.dumps({**found.to_dict(), "html": str(html) if html else None}))
        return
    for line in lines(found, listed):
        click.echo(line)
    if html:
        click.echo(str(html))
