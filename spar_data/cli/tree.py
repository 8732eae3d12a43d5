"""`spar-data tree`: lists search trees, or shows one."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_data.cli.options import FILE
from spar_data.core.errors import SparError

if TYPE_CHECKING:
    from spar_data.selfplay.records import Node


@click.command()
@click.argument("tree_id", metavar="[ID]", default="")
@click.option("--run", type=FILE, help="Run folder, or its trees.parquet.  [default: every one under runs/]")
@click.option("--picture", type=FILE, help="Draw the tree into this .png or .svg file.")
@click.option("--whole", is_flag=True, help="Show prompt, texts and changes in full.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, metavar="N", help="Trees in the list.")
@click.option("--json", "as_json", is_flag=True, help="Print the nodes, or without ID the statistics, as JSON.")
def tree(tree_id: str, run: Path | None, picture: Path | None, whole: bool, limit: int, as_json: bool) -> None:
    """Show a search tree with its votes, its tokens, and the changes of each refinement.

    The beginning of an ID is enough. Without an ID, list the trees and their statistics. In the changes, [-words-] are taken
    out and {+words+} put in; * marks the path to the result.

    \b
    Examples:
      spar-data tree --run runs/selfplay
      spar-data tree 9f2c4b --run runs/selfplay
      spar-data tree 9f2c4b7710aa53de --picture tree.png
    """
    from spar_data.cli.tables import terminal
    from spar_data.selfplay.search.tree_picture import draw
    from spar_data.selfplay.search.tree_text import print_tree

    if picture and not tree_id:
        raise click.UsageError("--picture needs the ID of one tree")
    files = _files(run)
    if not tree_id:
        _list(files, limit, as_json)
        return
    nodes = _find(files, tree_id)
    if picture:
        draw(nodes, picture)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(node) for node in nodes], ensure_ascii=False))
        return
    print_tree(terminal(), nodes, whole=whole)
    if picture:
        click.echo(str(picture))


def _list(files: Sequence[Path], limit: int, as_json: bool) -> None:
    from spar_data.cli.tables import terminal
    from spar_data.selfplay.search.read_trees import read_trees
    from spar_data.selfplay.search.tree_statistics import measure_trees
    from spar_data.selfplay.search.tree_text import print_list, print_statistics

    measured = [(file, measure_trees(read_trees(file))) for file in files]
    if as_json:
        click.echo(json.dumps([{"file": str(file), **numbers.to_dict()} for file, numbers in measured]))
        return
    for file, numbers in measured:
        console = terminal()
        console.print(str(file), markup=False)
        print_list(console, read_trees(file), limit)
        print_statistics(console, numbers)


def _find(files: Sequence[Path], tree_id: str) -> list[Node]:
    """The tree whose ID begins like this. Raises SparError if there is none, or more than one."""
    from spar_data.selfplay.search.read_trees import read_trees

    trees = [nodes for file in files for nodes in read_trees(file, tree_id)]
    ids = list(dict.fromkeys(nodes[0].tree for nodes in trees))
    names = ", ".join(map(str, files))
    if not trees:
        raise SparError(f"no tree {tree_id!r} in {names}: `spar-data tree` without an ID lists them")
    if len(ids) > 1:
        ellipsis = ", ..." if len(ids) > 5 else ""
        raise SparError(
            f"{len(ids):,} trees begin with {tree_id!r} ({', '.join(ids[:5])}{ellipsis}): give more of the ID"
        )
    if len(trees) > 1:
        raise SparError(f"tree {tree_id!r} is in {len(trees)} of {names}: choose one with --run")
    return trees[0]


def _files(run: Path | None) -> list[Path]:
    if run:
        file = run / "trees.parquet" if run.is_dir() else run
        if not file.is_file():
            raise SparError(f"{file} does not exist: the folder of a self-play run is expected")
        return [file]
    files = sorted(Path("runs").glob("*/trees.parquet"))
    if not files:
        raise SparError("no trees.parquet under runs/: give --run")
    return files
