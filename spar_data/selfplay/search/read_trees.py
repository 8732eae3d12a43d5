"""Trees as rows: reading them, the refined result of each, and the statistics of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl

from spar_data.core.errors import SparError, first_line
from spar_data.core.records import schema
from spar_data.selfplay.records import Node
from spar_data.selfplay.run_folder import rows, whole

_ROWS = 20_000  # read at a time


def best(nodes: Sequence[Node], success: float = 0.5) -> Node | None:
    """The refined result of a tree: the node with the highest V above `success` that the majority says Yes to, of equal ones
    the first; None if the search found none."""
    fitting = [n for n in nodes if n.parent >= 0 and not n.problem and n.votes.verdict == "Yes" and _value(n) > success]
    return max(fitting, key=_value, default=None)  # max: the first of equal ones


def path(nodes: Sequence[Node], node: Node) -> list[Node]:
    """From the root to this node."""
    found = [node]
    while found[-1].parent >= 0:
        found.append(nodes[found[-1].parent])
    return found[::-1]


def read(file: Path, prefix: str = "") -> Iterator[list[Node]]:
    """The trees of a trees.parquet whose ids begin with `prefix`, one at a time. Raises SparError for a file that is none."""
    try:
        wanted = pl.scan_parquet(file).filter(pl.col("tree").str.starts_with(prefix))
        found = pl.scan_parquet(file).collect_schema()
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: the trees.parquet of a self-play run is expected: {first_line(error)}") from None
    if dict(found) != dict(schema(Node)):
        raise SparError(f"{file} is no trees.parquet of a self-play run, or of another version: its columns differ")
    batches = wanted.collect_batches(chunk_size=_ROWS, maintain_order=True)
    each = (node for batch in batches for node in _nodes(batch, file))
    for tree, group in groupby(each, key=lambda node: node.tree):
        nodes = list(group)
        if any(n.node != at or not (0 <= n.parent < at or at == 0 == n.parent + 1) for at, n in enumerate(nodes)):
            raise SparError(
                f"{file}: tree {tree}: its nodes are not numbered from 0 on, each after its parent: run the search again"
            )
        yield nodes


def summary(node: Node) -> str:
    """One word for what became of a child: its verdict, or why it is none (failed, unparsed, unchanged, copy)."""
    if node.problem:
        return node.problem.partition(":")[0].split()[0]
    return f"verdict {node.votes.verdict}"


@dataclass(frozen=True)
class Forest:
    """Statistics of many trees.

    trees          searched; skipped: those that were not, since their root has no judgement to go by.
    success        trees with a result; by_depth: of which at each depth, from 1 on.
    refinements, judgements   in all: children, and replies of the judge. distinct: children that were judged.
    refine_tokens, judge_tokens   in all, completion tokens.
    became         children by what became of them.
    sizes          trees by the number of their refinements.
    by_refiner     trees with a result by who made it.
    """

    trees: int
    skipped: int
    success: int
    by_depth: dict[int, int]
    refinements: int
    judgements: int
    distinct: int
    refine_tokens: int
    judge_tokens: int
    became: dict[str, int]
    sizes: dict[int, int]
    by_refiner: dict[str, int]

    def to_dict(self) -> dict[str, Any]:
        """For JSON and cards, with the means of a tree."""
        each = max(self.trees, 1)
        return {
            "trees": self.trees,
            "skipped": self.skipped,
            "success": self.success,
            "success_rate": round(self.success / each, 4),
            "success_by_depth": {str(depth): number for depth, number in self.by_depth.items()},
            "success_by_refiner": self.by_refiner,
            "refinements": self.refinements,
            "refinements_per_tree": round(self.refinements / each, 2),
            "judged": self.distinct,
            "judgements": self.judgements,
            "judgements_per_tree": round(self.judgements / each, 2),
            "refine_tokens": self.refine_tokens,
            "judge_tokens": self.judge_tokens,
            "tokens_per_tree": round((self.refine_tokens + self.judge_tokens) / each, 1),
            "tokens_per_success": round((self.refine_tokens + self.judge_tokens) / max(self.success, 1), 1),
            "children": self.became,
            "trees_by_refinements": {str(size): number for size, number in self.sizes.items()},
        }


def statistics(trees: Iterable[Sequence[Node]], success: float = 0.5) -> Forest:
    """Of any number of trees, one at a time."""
    count: Counter[str] = Counter()
    depths: Counter[int] = Counter()
    sizes: Counter[int] = Counter()
    became: Counter[str] = Counter()
    makers: Counter[str] = Counter()
    for nodes in trees:
        if nodes[0].problem:
            count["skipped"] += 1
            continue
        count["trees"] += 1
        sizes[len(nodes) - 1] += 1
        found = best(nodes, success)
        if found:
            depths[found.depth] += 1
            makers[found.refiner] += 1
        for node in nodes[1:]:
            became[summary(node)] += 1
            count["judgements"] += len(node.votes.words)
            count["refine"] += node.refine_tokens
            count["judge"] += node.judge_tokens
            count["distinct"] += not node.problem
    return Forest(
        count["trees"],
        count["skipped"],
        depths.total(),
        dict(sorted(depths.items())),
        sum(size * number for size, number in sizes.items()),
        count["judgements"],
        count["distinct"],
        count["refine"],
        count["judge"],
        dict(sorted(became.items())),
        dict(sorted(sizes.items())),
        dict(sorted(makers.items())),
    )


def _value(node: Node) -> float:
    return -1.0 if node.votes.value is None else node.votes.value


def _nodes(batch: pl.DataFrame, file: Path) -> list[Node]:
    whole(batch, Node, file)
    return rows(batch, Node)
