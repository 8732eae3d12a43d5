"""`spar-eval compare`, `pool`, `contamination` and `report`: commands on finished runs."""

from __future__ import annotations

import dataclasses
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


@click.command()
@click.argument("public", type=FILE)
@click.argument("fresh", type=FILE)
@click.option("--metric", default="strict", show_default=True, help="Metric that is compared.")
@json_option
def contamination(public: Path, fresh: Path, metric: str, as_json: bool) -> None:
    """Compare a model's run on PUBLIC prompts with its run on FRESH ones of the same kind, type by type.

    Fresh shares are weighted by the types of the public set. The sets are not equally hard: compare the gap with that of
    models that cannot have seen the public prompts.

    \b
    Examples:
      spar-eval fresh --out fresh.jsonl
      spar-eval ifeval --model SPEC --out runs/public
      spar-eval ifeval --model SPEC --data fresh.jsonl --out runs/fresh
      spar-eval contamination runs/public runs/fresh
    """
    import orjson

    from spar_eval.comparison.contamination import contamination as compare_runs
    from spar_eval.report.text import line
    from spar_eval.run_folder import load_result

    gap = compare_runs(load_result(public), load_result(fresh), metric)
    if as_json:
        click.echo(orjson.dumps(dataclasses.asdict(gap)).decode())
        return
    width = max(len(kind) for kind, *_ in gap.types) + 2
    for score in (gap.public, gap.fresh, gap.gap):
        click.echo(line(score, width))
    click.echo("\ngap by type")
    for _, _, _, gap_of_type in gap.types:
        click.echo(line(gap_of_type, width, "  "))
    if gap.left_out:
        click.echo(f"\nin one of the sets only, left out: {', '.join(gap.left_out)}")
    for signature in gap.signatures:
        click.echo(f"\n{signature}")


@click.command()
@click.argument("run", type=FILE)
@click.argument("run2", type=FILE, required=False)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="File of the page.  [default: report.html in RUN; comparison.html in RUN2]")  # fmt: skip
def report(run: Path, run2: Path | None, out: Path | None) -> None:
    """Write the HTML page of the finished run in the folder RUN, or of two runs of the same task side by side.

    The page is one file that needs no network. Every run has its own page, report.html. With RUN2 the page compares RUN (A)
    and RUN2 (B): differences paired by prompt, regressions and improvements, both responses beside each other.

    \b
    Examples:
      spar-eval report runs/eval/ifeval/tuned --out tuned.html
      spar-eval report runs/eval/ifeval/base runs/eval/ifeval/tuned --out both.html
    """
    from spar_eval.report.page import page
    from spar_eval.run_folder import load_result

    file = out or (run2 / "comparison.html" if run2 else run / "report.html")
    page([load_result(folder) for folder in (run, run2) if folder], file)
    click.echo(str(file))
