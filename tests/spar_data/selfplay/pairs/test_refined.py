"""The refined response of a tree, or the reason why there is none."""

from __future__ import annotations

from typing import Any

import pytest
from stored_rows import sample, tree, votes

from spar_data.selfplay.pairs.pair_set import StoredRows
from spar_data.selfplay.pairs.recipes.spar import SparConfig, spar
from spar_data.selfplay.records import Votes


@pytest.mark.parametrize(
    ("children", "root", "reason"),
    [
        ([], votes(0, 5), "no refinement was tried"),
        ([(0, "", votes(0, 0), "unparsed: no [[start]]")], votes(0, 5), "no refinement that could be used"),
        ([(0, "new", votes(5, 0), "length: cut off")], votes(0, 5), "no refinement that could be used"),
        ([(0, "new", votes(1, 0, 4))], votes(0, 5), "no refinement with a verdict"),  # one Yes, four unparsed: V is 1.0
        ([(0, "new", votes(2, 2, 1))], votes(0, 5), "no refinement with a verdict"),
        ([(0, "new", votes(2, 3))], votes(0, 5), "no refinement with V > 0.5"),
        ([(0, " root\n text ", votes(5, 0))], votes(0, 5), "equal sides"),
        ([(0, "new", votes(5, 0))], votes(5, 0), "root judged Yes, not No"),
        ([(0, "new", votes(5, 0))], votes(2, 2, 1), "root judged tie, not No"),
    ],
)
def test_trees_without_a_pair_and_why(children: list[Any], root: Votes, reason: str) -> None:
    nodes = tree(sample("p", 0, "root text", root), *children)
    cut = spar(StoredRows(nodes=nodes), SparConfig())
    assert not cut.pairs and cut.excluded == {("tree", reason): 1}
