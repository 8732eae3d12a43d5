"""SPaR's pairs: the best refined node against the root."""

from __future__ import annotations

import pytest
from stored_rows import sample, tree, votes, world

from spar_data.core.errors import SparError
from spar_data.selfplay.pairs.pair_set import StoredRows
from spar_data.selfplay.pairs.recipes.spar import SparConfig, spar


def test_spar_takes_the_best_refined_node_and_the_root() -> None:
    samples, nodes = world()
    cut = spar(StoredRows(nodes=nodes), SparConfig())
    [pair] = cut.pairs
    assert (pair.chosen, pair.rejected) == ("a bee today", "a bee sat on me today")
    assert (pair.chosen_value, pair.rejected_value) == (1.0, 0.2)
    assert pair.source == [f"{samples[0].id}:4", f"{samples[0].id}:0"]
    assert [(m.role, m.content) for m in pair.prompt] == [("user", "p1")]
    assert cut.started == {"trees": 2} and cut.excluded == {("tree", "no refinement with V > 0.5"): 1}


def test_spar_of_equal_values_the_first_and_never_a_copy_of_the_root() -> None:
    root = sample("p", 0, "root", votes(0, 5))
    nodes = tree(root, (0, "root ", votes(5, 0)), (0, "one", votes(4, 1)), (0, "two", votes(4, 1)))
    assert [p.chosen for p in spar(StoredRows(nodes=nodes), SparConfig()).pairs] == ["one"]
    assert not spar(StoredRows(nodes=nodes), SparConfig(above=0.8)).pairs
    with pytest.raises(SparError, match="above"):
        SparConfig(above=1.0)
