"""Commands that look at runs, prompts and the taxonomy: `funnel`, `why`, `taxonomy`, `diversity`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_data.cli.options import FILE, json_option
from spar_data.cli.tables import print_funnel, terminal
from spar_data.core.errors import SparError, nearest

if TYPE_CHECKING:
    from spar_data.prompts.diversity import DiversityReport
    from spar_data.prompts.taxonomy import Taxonomy


@click.command()
@click.argument("run", type=FILE)
@json_option
def funnel(run: Path, as_json: bool) -> None:
    """Show how many rows each stage of a RUN folder kept, dropped and failed, with reasons.

    \b
    Example:
      spar-data funnel runs/spar-mini-1.0.0
    """
    from spar_data.prompts import ledger

    steps = ledger.funnel(run)
    if as_json:
        click.echo(json.dumps([step._asdict() for step in steps]))
    else:
        print_funnel(steps, reasons=12)


@click.command()
@click.argument("row_id")
@click.option("--run", type=FILE, default=None, help="The run folder; default: every one under runs/.")
def why(row_id: str, run: Path | None) -> None:
    """Show what happened to a row, by the id of its seed or of its evolved prompt.

    \b
    Example:
      spar-data why 9f2c4b7710aa53de --run runs/spar-mini-1.0.0
    """
    from spar_data.prompts.row_history import explain

    runs = [run] if run else sorted(ledger.parent for ledger in Path("runs").glob("*/ledger"))
    if not runs:
        raise SparError("no run folder under runs/: give --run")
    histories = {folder: lines for folder in runs if (lines := explain(folder, row_id))}
    if not histories:
        raise SparError(
            f"no row {row_id} in {', '.join(map(str, runs))}: ids have 16 hex digits and stand in the parquet files"
        )
    for folder, lines in histories.items():
        _print_history(folder, lines)


@click.command()
@click.option("--path", default="", help="A taxonomy folder of your own; default: the shipped one.")
@click.option("--leaf", default="", metavar="ID", help="Show one leaf with its phrasings, parameters and conflicts.")
@click.option("--language", default="en", show_default=True, help="Language of the phrasings.")
def taxonomy(path: str, leaf: str, language: str) -> None:
    """Show the taxonomy as a tree, with what a program can verify.

    \b
    Examples:
      spar-data taxonomy
      spar-data taxonomy --leaf content.keyword.include --language de
    """
    from spar_data.prompts.taxonomy_files import load_taxonomy

    words = load_taxonomy(path)
    if leaf:
        _print_leaf(words, leaf, language)
    else:
        _print_taxonomy(words)


@click.command()
@click.argument("file", type=FILE)
@click.option("--seed", default=42, show_default=True, help="Decides the sample and the topics.")
@click.option("--sample", default=2000, show_default=True, help="Prompts for self-BLEU and distinct-n.")
@click.option("--clusters", default=20, show_default=True, help="Number of topics.")
@json_option
def diversity(file: Path, seed: int, sample: int, clusters: int, as_json: bool) -> None:
    """Report how diverse the prompts of a FILE (any source format) are: self-BLEU, distinct-n, lengths, topics.

    \b
    Examples:
      spar-data diversity releases/spar-mini-1.0.0/data/prompts.parquet
      spar-data diversity prompts.jsonl.gz --clusters 30 --json
    """
    import polars as pl

    from spar_data.prompts.diversity import report
    from spar_data.sources.prompts import SourceConfig, read_batches

    prompts = pl.concat([batch.rows["prompt"] for batch in read_batches(SourceConfig(paths=(str(file),)))])
    result = report(prompts, seed, sample, clusters)
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(result), ensure_ascii=False))
    else:
        _print_diversity(result)


def _print_history(folder: Path, lines: list[dict[str, object]]) -> None:
    from rich.text import Text

    console = terminal()
    console.print(Text(str(folder), style="bold"))
    for line in lines:
        text = f"  {line['stage']:<13}{line['status']}"
        if line.get("reason"):
            text += f": {line['reason']}"
        if line.get("score") is not None:
            text += f" (score {line['score']:.4g})"
        console.print(Text(text))
        for key in ("place", "text", "cause_text"):
            if line.get(key):
                console.print(Text(f"               {line[key]}", style="dim"))


def _print_taxonomy(words: Taxonomy) -> None:
    from rich.markup import escape
    from rich.text import Text
    from rich.tree import Tree

    checkable = [leaf for leaf in words.leaves.values() if leaf.checker]
    whole = sum(leaf.covers == "whole" for leaf in checkable)
    tree = Tree(
        escape(f"{words}; {len(checkable)} leaves with a checker ({whole} whole, {len(checkable) - whole} in part)")
    )
    for group in words.groups:
        branch = tree.add(Text(group.label, style="bold"))
        for kind in group.types:
            checked = sum(bool(leaf.checker) for leaf in kind.leaves)
            twig = branch.add(f"{kind.label} [dim]{checked} of {len(kind.leaves)} verifiable[/dim]")
            for leaf in kind.leaves:
                part = " (in part)" if leaf.covers == "part" else ""
                twig.add(f"{leaf.label} [dim]{leaf.checker or 'not verifiable by code'}{part}[/dim]")
    terminal().print(tree)


def _print_leaf(words: Taxonomy, leaf_id: str, language: str) -> None:
    from rich.text import Text

    if leaf_id not in words.leaves:
        raise SparError(f"no leaf {leaf_id!r} in the taxonomy.{nearest(leaf_id, words.leaves)}")
    if language not in words.languages:
        raise SparError(f"the taxonomy has no language {language!r}.{nearest(language, words.languages)}")
    console = terminal()
    leaf = words.leaves[leaf_id]
    console.print(Text(f"{leaf.id}: {leaf.asks}", style="bold"))
    console.print(Text(f"checker: {leaf.checker or 'none'}, covers: {leaf.covers}"))
    for name, parameter in leaf.parameters.items():
        values = parameter.lexicon or f"{parameter.start} to {parameter.stop}, step {parameter.step}"
        console.print(Text(f"parameter {name}: {values}"))
    for phrasing in words.languages[language].phrasings.get(leaf_id, ()):
        fixed = json.dumps(dict(phrasing.fixed), ensure_ascii=False) if phrasing.fixed else ""
        console.print(Text(f'  "{phrasing.text}"  {fixed}'))
    conflicts = [other for other in words.leaves if other != leaf_id and words.conflict(leaf_id, other)]
    console.print(Text(f"not together with: {', '.join(conflicts)}", style="dim"))


def _print_diversity(result: DiversityReport) -> None:
    click.echo(f"{result.rows:,} prompts")
    click.echo(f"corpus self-BLEU {result.self_bleu:.2f}  ({result.signature})")
    click.echo("distinct-n       " + "  ".join(f"{n}: {value:.3f}" for n, value in enumerate(result.distinct, 1)))
    quantiles = "  ".join(f"{q}%: {value:g}" for q, value in result.quantiles.items())
    click.echo(f"tokens           mean {result.mean_tokens:.1f}  {quantiles}")
    top = max(count for _, count in result.histogram)
    for label, count in result.histogram:
        click.echo(f"  {label:>9} {'#' * round(40 * count / top):<40} {count:,}")
    click.echo("topics")
    for cluster in result.clusters:
        click.echo(f"  {cluster.size:>6,}  {', '.join(cluster.terms)}")
        for example in cluster.examples:
            click.echo(f"          {' '.join(example.split())[:100]}")
