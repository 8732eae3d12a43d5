"""Reads trees.parquet, and finds the result of a tree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import polars as pl

from spar_data.core.errors import SparError, first_line
from spar_data.core.tables import schema
from spar_data.selfplay.records import Node
from spar_data.selfplay.stored_rows import to_records

_ROWS = 20_000  # read at a time


def read_trees(file: Path, prefix: str = "") -> Iterator[list[Node]]:
    """Yields the trees whose ids begin with `prefix`, one at a time. Raises SparError for a file that holds no trees."""
    try:
        columns = pl.scan_parquet(file).collect_schema()
        matching = pl.scan_parquet(file).filter(pl.col("tree").str.starts_with(prefix))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: the trees.parquet of a self-play run is expected: {first_line(error)}") from None
    if dict(columns) != dict(schema(Node)):
        raise SparError(f"{file} is no trees.parquet of a self-play run, or of another version: its columns differ")
    batches = matching.collect_batches(chunk_size=_ROWS, maintain_order=True)
    rows = (node for batch in batches for node in to_records(batch, Node, file))
    for tree, group in groupby(rows, key=lambda node: node.tree):
        nodes = list(group)
        parents = [node.parent for node in nodes]
        in_order = all((0 if number else -1) <= parent < number for number, parent in enumerate(parents))
        if not in_order or [node.node for node in nodes] != list(range(len(nodes))):
            raise SparError(
                f"{file}: tree {tree}: its nodes are not numbered from 0 on, each after its parent: run the search again"
            )
        yield nodes


def best(nodes: Sequence[Node], success: float = 0.5) -> Node | None:
    """The result of a tree: the node with the highest V above `success` and the verdict Yes, the first of equal ones.

    None if the search succeeded with no node.
    """
    passing = [node for node in nodes[1:] if not node.problem and node.votes.verdict == "Yes"]
    succeeded = [node for node in passing if (node.votes.value or 0.0) > success]
    return max(succeeded, key=lambda node: node.votes.value or 0.0, default=None)  # max: the first of equal ones


def path_to(nodes: Sequence[Node], node: Node) -> list[Node]:
    """The nodes from the root to this one."""
    path = [node]
    while path[-1].parent >= 0:
        path.append(nodes[path[-1].parent])
    return path[::-1]


def outcome(node: Node) -> str:
    """What became of a child: its verdict, or failed, unparsed, unchanged or copy."""
    if node.problem:
        return node.problem.partition(":")[0].split()[0]
    return f"verdict {node.votes.verdict}"
