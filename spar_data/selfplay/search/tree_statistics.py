"""Statistics of many trees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spar_data.core.files import JsonValue
from spar_data.selfplay.records import Node
from spar_data.selfplay.search.read_trees import best, outcome


@dataclass(frozen=True)
class TreeStatistics:
    """Counts over trees.

    trees          that were searched; skipped: roots without a judgement to refine by, which were not.
    success        trees with a result; by_depth: these by the depth of the result, from 1 on; by_refiner: by who made it.
    refinements, judgements   children, and replies of the judge. distinct: children that were judged.
    refine_tokens, judge_tokens   completion tokens.
    outcomes       children by what became of them.
    sizes          trees by the number of their refinements.
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
    outcomes: dict[str, int]
    sizes: dict[int, int]
    by_refiner: dict[str, int]

    def to_dict(self) -> dict[str, JsonValue]:
        """The counts, with means per tree."""
        trees, tokens = max(self.trees, 1), self.refine_tokens + self.judge_tokens
        return {
            "trees": self.trees,
            "skipped": self.skipped,
            "success": self.success,
            "success_rate": round(self.success / trees, 4),
            "success_by_depth": {str(depth): number for depth, number in self.by_depth.items()},
            "success_by_refiner": dict(self.by_refiner),
            "refinements": self.refinements,
            "refinements_per_tree": round(self.refinements / trees, 2),
            "judged": self.distinct,
            "judgements": self.judgements,
            "judgements_per_tree": round(self.judgements / trees, 2),
            "refine_tokens": self.refine_tokens,
            "judge_tokens": self.judge_tokens,
            "tokens_per_tree": round(tokens / trees, 1),
            "tokens_per_success": round(tokens / max(self.success, 1), 1),
            "children": dict(self.outcomes),
            "trees_by_refinements": {str(size): number for size, number in self.sizes.items()},
        }


def measure_trees(trees: Iterable[Sequence[Node]], success: float = 0.5) -> TreeStatistics:
    """Measures any number of trees, one at a time."""
    counts: Counter[str] = Counter()
    depths: Counter[int] = Counter()
    sizes: Counter[int] = Counter()
    outcomes: Counter[str] = Counter()
    refiners: Counter[str] = Counter()
    for nodes in trees:
        if nodes[0].problem:
            counts["skipped"] += 1
            continue
        counts["trees"] += 1
        sizes[len(nodes) - 1] += 1
        result = best(nodes, success)
        if result:
            depths[result.depth] += 1
            refiners[result.refiner] += 1
        for node in nodes[1:]:
            outcomes[outcome(node)] += 1
            counts["judgements"] += len(node.votes.words)
            counts["refine tokens"] += node.refine_tokens
            counts["judge tokens"] += node.judge_tokens
            counts["distinct"] += not node.problem
    return TreeStatistics(
        trees=counts["trees"],
        skipped=counts["skipped"],
        success=depths.total(),
        by_depth=dict(sorted(depths.items())),
        refinements=sum(size * number for size, number in sizes.items()),
        judgements=counts["judgements"],
        distinct=counts["distinct"],
        refine_tokens=counts["refine tokens"],
        judge_tokens=counts["judge tokens"],
        outcomes=dict(sorted(outcomes.items())),
        sizes=dict(sorted(sizes.items())),
        by_refiner=dict(sorted(refiners.items())),
    )
