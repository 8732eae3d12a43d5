"""Expert iteration (arXiv 1705.08439): the policy with search is the expert, and the policy learns its moves by SFT."""

from __future__ import annotations

from spar_data.models import Message
from spar_data.selfplay.pairs.pair_recipe import NoConfig, PairRecipe
from spar_data.selfplay.pairs.pair_set import Cut, Side, StoredRows
from spar_data.selfplay.pairs.refined import refined_trees


def expert_iteration(rows: StoredRows, config: NoConfig) -> Cut:
    """The refined response of every tree, as an SFT row of the actor."""
    cut = Cut("expert-iteration", rows.count("trees"))
    for _, best in refined_trees(rows.nodes, cut):
        messages = [*rows.messages(best.prompt), Message("assistant", best.text)]
        added = cut.dialogue("actor", best.prompt_id, messages, "Yes", [Side.of(best).source])
        cut.notes["refined responses made by rules"] += added and best.by_rules
    return cut.sorted()


RECIPE = PairRecipe(
    name="expert-iteration",
    rows="actor_expert",
    summary="refined response of every tree, as an SFT row of the actor",
    config=NoConfig,
    cut=expert_iteration,
    needs=("nodes",),
    trains="sft",
)
