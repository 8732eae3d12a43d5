"""SPaR (arXiv 2412.11605): the refined response of a tree against the failing response at its root."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import setting
from spar_data.core.errors import SparError
from spar_data.selfplay.pairs.pair_recipe import PairRecipe
from spar_data.selfplay.pairs.pair_set import Cut, Side, StoredRows
from spar_data.selfplay.pairs.refined import refined_trees


@dataclass(frozen=True)
class SparConfig:
    above: float = setting(0.5, "Share of Yes votes that the refined response has to exceed.")

    def __post_init__(self) -> None:
        if not 0 <= self.above < 1:
            raise SparError(f"above = {self.above}: a number from 0 to below 1 is expected")


def spar(rows: StoredRows, config: SparConfig) -> Cut:
    """Chosen is the node with the highest share of Yes votes, the first of equal ones; rejected is the root."""
    cut = Cut("spar", rows.count("trees"))
    for (root, *_), best in refined_trees(rows.nodes, cut, config.above):
        added = cut.pair(root.prompt_id, rows.messages(root.prompt), Side.of(best), Side.of(root))
        cut.notes["refined responses made by rules"] += added and best.by_rules
    return cut.sorted()


RECIPE = PairRecipe(
    name="spar",
    rows="dpo",
    summary="refined response of a tree against the failing response it came from",
    config=SparConfig,
    cut=spar,
    needs=("nodes",),
    trains="dpo",
)
