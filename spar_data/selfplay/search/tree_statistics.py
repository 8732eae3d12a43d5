"""Statistics of many trees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from spar_data.core.files import JsonValue
from spar_data.selfplay.records import Node
from spar_data.selfplay.search.read_trees import best, outcome


@dataclass
class TreeStatistics:
    """Counts over trees.

    trees          that were searched; skipped: roots without a judgement to refine by, which were not.
    by_depth       trees with a result by its depth, from 1 on; by_refiner: by who made it.
    outcomes       children by what became of them; distinct: children that were judged.
    sizes          trees by the number of their refinements.
    judgements     replies of the judge.
    refine_tokens, judge_tokens   completion tokens.
    """

    trees: int = 0
    skipped: int = 0
    by_depth: Counter[int] = field(default_factory=Counter)
    by_refiner: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    distinct: int = 0
    sizes: Counter[int] = field(default_factory=Counter)
    judgements: int = 0
    refine_tokens: int = 0
    judge_tokens: int = 0

    @property
    def success(self) -> int:
        """Trees with a result."""
        return self.by_depth.total()

    @property
    def refinements(self) -> int:
        return self.outcomes.total()

    def to_dict(self) -> dict[str, JsonValue]:
        """The counts, with means per tree."""
        trees, tokens = max(self.trees, 1), self.refine_tokens + self.judge_tokens
        return {
            "trees": self.trees,
            "skipped": self.skipped,
            "success": self.success,
            "success_rate": round(self.success / trees, 4),
            "success_by_depth": {str(depth): number for depth, number in sorted(self.by_depth.items())},
            "success_by_refiner": dict(sorted(self.by_refiner.items())),
            "refinements": self.refinements,
            "refinements_per_tree": round(self.refinements / trees, 2),
            "judged": self.distinct,
            "judgements": self.judgements,
            "judgements_per_tree": round(self.judgements / trees, 2),
            "refine_tokens": self.refine_tokens,
            "judge_tokens": self.judge_tokens,
            "tokens_per_tree": round(tokens / trees, 1),
            "tokens_per_success": round(tokens / max(self.success, 1), 1),
            "children": dict(sorted(self.outcomes.items())),
            "trees_by_refinements": {str(size): number for size, number in sorted(self.sizes.items())},
        }


def measure_trees(trees: Iterable[Sequence[Node]], success: float = 0.5) -> TreeStatistics:
    """Measures any number of trees, one at a time."""
    total = TreeStatistics()
    for nodes in trees:
        if nodes[0].problem:
            total.skipped += 1
            continue
        total.trees += 1
        total.sizes[len(nodes) - 1] += 1
        result = best(nodes, success)
        if result:
            total.by_depth[result.depth] += 1
            total.by_refiner[result.refiner] += 1
        for node in nodes[1:]:
            total.outcomes[outcome(node)] += 1
            total.distinct += not node.problem
            total.judgements += len(node.votes.words)
            total.refine_tokens += node.refine_tokens
            total.judge_tokens += node.judge_tokens
    return total
