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
    for tree, group in groupby((node for batch in batches for node in _nodes(batch, file)), key=lambda node: node.tree):
        nodes = list(group)
        if not all(_in_place(node, number) for number, node in enumerate(nodes)):
            raise SparError(
                f"{file}: tree {tree}: its nodes are not numbered from 0 on, each after its parent: run the search again"
            )
        yield nodes


def best(nodes: Sequence[Node], success: float = 0.5) -> Node | None:
    """The result of a tree: the node with the highest V above `success` and the verdict Yes, the first of equal ones.

    None if the search succeeded with no node.
    """
    succeeded = [
        node
        for node in nodes
        if node.parent >= 0 and not node.problem and node.votes.verdict == "Yes" and _value(node) > success
    ]
    return max(succeeded, key=_value, default=None)  # max: the first of equal ones


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


def _in_place(node: Node, number: int) -> bool:
    """Whether a node has its number and comes after its parent."""
    return node.node == number and (0 <= node.parent < number or number == 0 == node.parent + 1)


def _value(node: Node) -> float:
    return -1.0 if node.votes.value is None else node.votes.value


def _nodes(batch: pl.DataFrame, file: Path) -> list[Node]:
    return to_records(batch, Node, file)
