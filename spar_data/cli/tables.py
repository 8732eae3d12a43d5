"""What the commands print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from spar_data.core.errors import SparError, nearest
from spar_data.prompts import taxonomy as taxonomies
from spar_data.prompts.build import CostEstimate
from spar_data.prompts.ledger import StageCount
from spar_data.prompts.recipe import Recipe
from spar_data.release.publish import Upload


def terminal() -> Console:
    """The terminal, or 120 characters a line for a file."""
    there = Console(highlight=False)
    return there if there.is_terminal else Console(highlight=False, width=120)


def funnel(steps: list[StageCount], reasons: int = 3) -> None:
    """The steps as a table, with the most frequent reasons."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("stage", "in", "kept", "dropped", "failed"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    table.add_column("reasons", overflow="fold")
    for step in steps:
        shown = [f"{reason}: {count:,}" for reason, count in step.reasons[:reasons]]
        if len(step.reasons) > reasons:
            shown.append(f"{len(step.reasons) - reasons} more")
        counts = (f"{n:,}" for n in (step.entered, step.kept, step.dropped, step.failed))
        table.add_row(step.stage, *counts, escape("; ".join(shown)))
    terminal().print(table)


def figures(names: list[str], lines: list[tuple[str, list[str]]]) -> None:
    """Figures of several things side by side: a line a figure, a column a thing."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for name in names:
        table.add_column(escape(name), justify="right")
    for label, cells in lines:
        table.add_row(escape(label), *map(escape, cells))
    terminal().print(table)


def estimate(estimate: CostEstimate, teacher: str) -> None:
    """What a run would cost."""
    if teacher == "rules":
        click.echo(
            f"\n{estimate.seeds:,} seeds to evolve by rules: no calls, no tokens, no money. Nothing was released."
        )
        return
    money = "no price known for this model" if estimate.usd is None else f"about {estimate.usd:,.2f} USD at list price"
    click.echo(
        f"\n{estimate.seeds:,} seeds to evolve by {teacher}: {estimate.calls:,} calls to make, about {estimate.prompt_tokens:,} tokens in"
        f" and {estimate.completion_tokens:,} out, {money}. No call was made."
    )


def release(folder: Path, manifest: dict[str, Any], run: Path) -> None:
    """What a build leaves behind."""
    balance, checked = manifest["balance"], manifest["decontamination"]
    click.echo("")
    for name, file in manifest["files"].items():
        click.echo(f"{file['rows']:>9,} rows  {folder / name}")
    if balance["constraints"]:
        v = balance["verifiable"]
        click.echo(
            f"{balance['constraints']:>9,} constraints, {v['whole']:,} verifiable by code, {v['part']:,} in part"
        )
    if checked["benchmarks"]:
        names = ", ".join(b["name"] for b in checked["benchmarks"])
        click.echo(f"{len(checked['matches']):>9,} prompts dropped for matching {names}")
    else:
        click.echo(
            "Not decontaminated: no benchmark files found. --benchmarks PATH names them (see docs/decontamination.md)."
        )
    click.echo(f"{manifest['signature']}")
    click.echo(f"Card: {folder / 'README.md'}   Funnel: spar-data funnel {run}")


def history(folder: Path, lines: list[dict[str, Any]]) -> None:
    """The life of one row."""
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


def taxonomy(words: taxonomies.Taxonomy, leaf: str, language: str) -> None:
    """The tree, or one leaf of it."""
    console = terminal()
    if leaf:
        _leaf(console, words, leaf, language)
        return
    covered = [x for x in words.leaves.values() if x.checker]
    whole = sum(x.covers == "whole" for x in covered)
    tree = Tree(
        escape(f"{words}; {len(covered)} leaves with a checker ({whole} whole, {len(covered) - whole} in part)")
    )
    for group in words.groups:
        branch = tree.add(Text(group.label, style="bold"))
        for kind in group.types:
            checked = sum(bool(x.checker) for x in kind.leaves)
            twig = branch.add(f"{kind.label} [dim]{checked} of {len(kind.leaves)} verifiable[/dim]")
            for x in kind.leaves:
                part = " (in part)" if x.covers == "part" else ""
                twig.add(f"{x.label} [dim]{x.checker or 'not verifiable by code'}{part}[/dim]")
    console.print(tree)


def _leaf(console: Console, words: taxonomies.Taxonomy, leaf: str, language: str) -> None:
    if leaf not in words.leaves:
        raise SparError(f"no leaf {leaf!r} in the taxonomy.{nearest(leaf, words.leaves)}")
    if language not in words.languages:
        raise SparError(f"the taxonomy has no language {language!r}.{nearest(language, words.languages)}")
    x = words.leaves[leaf]
    console.print(Text(f"{x.id}: {x.asks}", style="bold"))
    console.print(Text(f"checker: {x.checker or 'none'}, covers: {x.covers}"))
    for name, parameter in x.parameters.items():
        drawn = parameter.lexicon or f"{parameter.start} to {parameter.stop}, step {parameter.step}"
        console.print(Text(f"parameter {name}: {drawn}"))
    for phrasing in words.languages[language].phrasings.get(leaf, ()):
        console.print(
            Text(
                f'  "{phrasing.text}"  {json.dumps(dict(phrasing.fixed), ensure_ascii=False) if phrasing.fixed else ""}'
            )
        )
    conflicts = [other for other in words.leaves if other != leaf and words.conflict(leaf, other)]
    console.print(Text(f"not together with: {', '.join(conflicts)}", style="dim"))


def recipe(chosen: Recipe) -> None:
    """A recipe as TOML, every value spelled out."""
    for key, value in chosen.to_dict().items():
        if not isinstance(value, dict):
            click.echo(f"{key} = {json.dumps(value, ensure_ascii=False)}")
    for key, value in chosen.to_dict().items():
        if isinstance(value, dict):
            click.echo(f"\n[{key}]")
            for name, inner in value.items():
                if inner is not None:
                    click.echo(f"{name} = {json.dumps(inner, ensure_ascii=False)}")


def diversity(result: Any) -> None:
    """The diversity report."""
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


def upload(upload: Upload) -> None:
    """What a push sends."""
    click.echo(f"to https://huggingface.co/datasets/{upload.repository}")
    for name, size in upload.files:
        click.echo(f"{size:>12,} bytes  {name}")
