"""`spar-eval contamination`."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from spar_data.cli.options import FILE, json_option


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
