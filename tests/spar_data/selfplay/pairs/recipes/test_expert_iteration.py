"""SFT rows of the actor from refined responses."""

from __future__ import annotations

from stored_rows import world

from spar_data.selfplay.pairs.pair_recipe import NoConfig
from spar_data.selfplay.pairs.pair_set import StoredRows
from spar_data.selfplay.pairs.recipes.expert_iteration import expert_iteration
from spar_data.selfplay.pairs.recipes.spar import SparConfig, spar


def test_expert_rows_are_the_refined_responses() -> None:
    _, nodes = world()
    cut, pairs = (
        expert_iteration(StoredRows(nodes=nodes, system="Be kind."), NoConfig()),
        spar(StoredRows(nodes=nodes), SparConfig()),
    )
    assert pairs.pairs and [d.messages[-1].content for d in cut.dialogues] == [p.chosen for p in pairs.pairs]
    assert all([m.role for m in d.messages] == ["system", "user", "assistant"] for d in cut.dialogues)
    assert cut.excluded == pairs.excluded and {d.kind for d in cut.dialogues} == {"actor"}
