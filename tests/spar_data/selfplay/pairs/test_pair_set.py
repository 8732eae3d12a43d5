"""Rows of all recipes: no equal sides, no duplicates, the same for any order of what is stored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from stored_rows import reasons, sample, sft_row, tree, votes

from spar_data.core.ids import row_id
from spar_data.selfplay.pairs.pair_set import StoredRows
from spar_data.selfplay.pairs.recipes import RECIPES
from spar_data.selfplay.pairs.recipes.spar import SparConfig, spar
from spar_data.selfplay.records import Votes, squeeze


def test_equal_trees_of_one_prompt_make_one_pair() -> None:
    nodes = [n for i in (0, 1) for n in tree(sample("p", i, "root", votes(0, 5)), (0, "new", votes(5, 0)))]
    cut = spar(StoredRows(nodes=nodes), SparConfig())
    assert len(cut.pairs) == 1 and reasons(cut, "pair") == {"duplicate": 1}
    unfinished = replace(nodes[0], problem="no search: the response is empty")
    assert reasons(spar(StoredRows(nodes=[unfinished]), SparConfig()), "tree") == {"root: no search": 1}
    assert reasons(spar(StoredRows(nodes=nodes[1:2]), SparConfig()), "tree") == {"no root": 1}


_verdicts = st.sampled_from([votes(5, 0), votes(3, 2), votes(0, 5), votes(2, 2, 1), votes(1, 0, 4)])


_texts = st.sampled_from(["", " ", "a", "a ", "b", "a b", "a\n b", "c"])


_samples = st.lists(st.tuples(st.sampled_from("pqr"), st.integers(0, 9), _texts, _verdicts), max_size=25)


@settings(max_examples=60, deadline=None)
@given(_samples, st.randoms(use_true_random=False))
def test_no_equal_sides_ids_once_and_any_order_of_rows(rows: list[tuple[str, int, str, Votes]], random: Any) -> None:
    samples = list({(p, i): sample(p, i, text, voted) for p, i, text, voted in rows}.values())
    nodes = [
        n
        for s in samples
        if s.votes.verdict == "No"
        for n in tree(s, *[(0, other.response, other.votes) for other in samples[:4]])
    ]
    sft = [sft_row(p, "a") for p in "pq"]
    mixed, mixed_nodes = random.sample(samples, len(samples)), random.sample(nodes, len(nodes))
    for name in ("spar", "direct", "spin", "rft", "refiner-paper", "refiner-authors"):
        recipe = RECIPES[name]
        cut = recipe.cut(StoredRows(samples, nodes, sft), recipe.config())
        again = recipe.cut(StoredRows(mixed, mixed_nodes, sft[::-1]), recipe.config())
        assert cut.rows == again.rows and cut.excluded == again.excluded
        assert len({row.id for row in cut.rows}) == len(cut.rows)
        for pair in cut.pairs:
            assert squeeze(pair.chosen) and squeeze(pair.rejected) and squeeze(pair.chosen) != squeeze(pair.rejected)
            assert pair.id == row_id(name, pair.prompt[0].content, pair.chosen, pair.rejected)
