"""`spar-data tree`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from spar_data.selfplay.records import Node

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("tree_id", metavar="[ID]", default="")
@click.option("--run", type=_FILE, help="The run folder (or its trees.parquet).  [default: every one under runs/]")
@click.option("--picture", type=_FILE, help="Draw the tree into this .png or .svg file.")
@click.option("--whole", is_flag=True, help="Show prompt, texts and diffs whole.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Trees in the list.")
@click.option("--json", "as_json", is_flag=True, help="Print the nodes, or without ID the statistics, as JSON.")
def tree(tree_id: str, run: Path | None, picture: Path | None, whole: bool, limit: int, as_json: bool) -> None:
    """Show a search tree by its ID (the beginning will do): votes, tokens, and what each refinement changed. Without ID: a list
    of the trees and their statistics.

    In the diffs [-words-] are taken out and {+words+} put in; * marks the way to the result.

    \b
    Examples:
      spar-data tree --run runs/selfplay
      spar-data tree 9f2c4b --run runs/selfplay
      spar-data tree 9f2c4b7710aa53de --picture tree.png
    """
    import dataclasses

    from spar_data.cli.tables import terminal
    from spar_data.core.errors import SparError
    from spar_data.selfplay.search import read_trees as trees
    from spar_data.selfplay.search import tree_text as tree_show
    from spar_data.selfplay.search.tree_picture import draw

    if picture and not tree_id:
        raise click.UsageError("--picture needs the ID of one tree")
    files = _files(run)
    if not tree_id:
        numbers = [trees.statistics(trees.read(file)) for file in files]
        if as_json:
            told = [{"file": str(f), **each.to_dict()} for f, each in zip(files, numbers, strict=True)]
            click.echo(json.dumps(told))
            return
        for file, each in zip(files, numbers, strict=True):
            console = terminal()
            console.print(str(file), markup=False)
            tree_show.trees(console, ((str(file), nodes) for nodes in trees.read(file)), limit)
            tree_show.forest(console, each)
        return
    found: dict[str, list[list[Node]]] = {}
    for file in files:
        for nodes in trees.read(file, tree_id):
            found.setdefault(nodes[0].tree, []).append(nodes)
    where = ", ".join(map(str, files))
    if not found:
        raise SparError(f"no tree {tree_id!r} in {where}: `spar-data tree` without an ID lists them")
    if len(found) > 1:
        some = ", ".join(list(found)[:5])
        raise SparError(
            f"{len(found):,} trees begin with {tree_id!r} ({some}{', ...' if len(found) > 5 else ''}): give more of it"
        )
    [several] = found.values()
    if len(several) > 1:
        raise SparError(f"tree {tree_id!r} stands in {len(several)} of {where}: --run names one")
    [nodes] = several
    if picture:
        draw(nodes, picture)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(node) for node in nodes], ensure_ascii=False))
        return
    tree_show.tree(terminal(), nodes, whole=whole)
    if picture:
        click.echo(str(picture))


def _files(run: Path | None) -> list[Path]:
    from spar_data.core.errors import SparError

    if run:
        file = run / "trees.parquet" if run.is_dir() else run
        if not file.is_file():
            raise SparError(f"{file} does not exist: the folder of a self-play run is expected")
        return [file]
    files = sorted(Path("runs").glob("*/trees.parquet"))
    if not files:
        raise SparError("no trees.parquet under runs/: give --run")
    return files
