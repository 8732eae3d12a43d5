"""Pairs from rows written by hand: what is chosen, what is left out and why, and that no pair has equal sides, ever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored_rows import sample, sft_row, tree, votes, world

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.selfplay.pairs.pair_set import Cut, StoredRows
from spar_data.selfplay.pairs.recipes import RECIPES
from spar_data.selfplay.pairs.recipes.direct import DirectConfig, direct
from spar_data.selfplay.pairs.recipes.spar import SparConfig, spar
from spar_data.selfplay.pairs.recipes.spin import SpinConfig, spin
from spar_data.selfplay.records import Votes, squeeze


def _reasons(cut: Cut, what: str) -> dict[str, int]:
    return {why: n for (kind, why), n in cut.excluded.items() if kind == what}


# spar


def test_spar_takes_the_best_refined_node_and_the_root() -> None:
    samples, nodes = world()
    cut = spar(StoredRows(nodes=nodes), SparConfig())
    [pair] = cut.pairs
    assert (pair.chosen, pair.rejected) == ("a bee today", "a bee sat on me today")
    assert (pair.chosen_value, pair.rejected_value) == (1.0, 0.2)
    assert pair.source == [f"{samples[0].id}:4", f"{samples[0].id}:0"]
    assert [(m.role, m.content) for m in pair.prompt] == [("user", "p1")]
    assert cut.started == {"trees": 2} and cut.excluded == {("tree", "no refinement with V > 0.5"): 1}


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


def test_spar_of_equal_values_the_first_and_never_a_copy_of_the_root() -> None:
    root = sample("p", 0, "root", votes(0, 5))
    nodes = tree(root, (0, "root ", votes(5, 0)), (0, "one", votes(4, 1)), (0, "two", votes(4, 1)))
    assert [p.chosen for p in spar(StoredRows(nodes=nodes), SparConfig()).pairs] == ["one"]
    assert not spar(StoredRows(nodes=nodes), SparConfig(above=0.8)).pairs
    with pytest.raises(SparError, match="above"):
        SparConfig(above=1.0)


def test_equal_trees_of_one_prompt_make_one_pair() -> None:
    nodes = [n for i in (0, 1) for n in tree(sample("p", i, "root", votes(0, 5)), (0, "new", votes(5, 0)))]
    cut = spar(StoredRows(nodes=nodes), SparConfig())
    assert len(cut.pairs) == 1 and _reasons(cut, "pair") == {"duplicate": 1}
    unfinished = replace(nodes[0], problem="no search: the response is empty")
    assert _reasons(spar(StoredRows(nodes=[unfinished]), SparConfig()), "tree") == {"root: no search": 1}
    assert _reasons(spar(StoredRows(nodes=nodes[1:2]), SparConfig()), "tree") == {"no root": 1}


# direct


def test_direct_pairs_and_what_is_left_out() -> None:
    samples, _ = world()
    cut = direct(StoredRows(samples=samples), DirectConfig())
    assert [(p.chosen, p.rejected) for p in sorted(cut.pairs, key=lambda p: p.chosen)] == [
        ("a bee again", "nothing of the kind"),
        ("one bee", "a bee sat on me today"),
    ]
    assert _reasons(cut, "prompt") == {"no No": 1, "no Yes": 1}
    assert _reasons(cut, "response") == {"judged tie": 1, "length": 1, "judged unparsed": 1}
    assert sum(cut.started.values()) == 4 + len(samples)


def test_direct_draws_by_seed_and_never_equal_sides() -> None:
    many = [sample("p", i, f"text {i}", votes(5, 0) if i % 2 else votes(0, 5)) for i in range(10)]
    found = {seed: direct(StoredRows(samples=many), DirectConfig(pairs=3, seed=seed)).pairs for seed in range(6)}
    assert all(len({p.id for p in pairs}) == 3 for pairs in found.values())
    assert len({tuple(p.id for p in pairs) for pairs in found.values()}) > 1
    assert found[0] == direct(StoredRows(samples=many[::-1]), DirectConfig(pairs=3, seed=0)).pairs
    assert len(direct(StoredRows(samples=many), DirectConfig(pairs=99)).pairs) == 25
    same = [sample("p", 0, "same  text", votes(5, 0)), sample("p", 1, "same text\n", votes(0, 5))]
    cut = direct(StoredRows(samples=same), DirectConfig())
    assert not cut.pairs and _reasons(cut, "prompt") == {"equal sides": 1}


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


# spin


def test_spin_pairs_sft_against_samples_and_mixes_the_previous_iteration() -> None:
    new = [sample("p", 0, "gold", votes(0, 5)), sample("p", 1, "new"), sample("q", 0, "q", problem="length: cut")]
    old = [sample("p", 0, "old")]
    rows = StoredRows(
        samples=new, sft=[sft_row("p", "gold"), sft_row("q", "g"), sft_row("p", "j", "judge")], previous=old
    )
    cut = spin(rows, SpinConfig())
    assert sorted((p.chosen, p.rejected) for p in cut.pairs) == [("gold", "new"), ("gold", "old")]
    assert all(p.chosen_value is None for p in cut.pairs) and cut.started == {"SFT rows": 4}
    why = {"no sample of its prompt (newest iteration)": 1, "no sample of its prompt (previous iteration)": 1}
    assert _reasons(cut, "SFT row") == why
    assert [p.rejected for p in spin(rows, SpinConfig(mix=False)).pairs] == ["new"]


def test_spin_takes_no_sample_of_another_prompt_with_the_same_id() -> None:
    stranger = replace(sample("another prompt", 0, "s"), prompt_id=row_id("p"))
    cut = spin(StoredRows(samples=[stranger], sft=[sft_row("p", "gold")]), SpinConfig())
    assert not cut.pairs and _reasons(cut, "SFT row") == {"no sample of its prompt (newest iteration)": 1}
