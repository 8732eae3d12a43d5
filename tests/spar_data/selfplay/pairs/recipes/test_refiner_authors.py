"""Rows of the refiner by the authors' script: hard cases and caps."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from stored_rows import sample, tree, votes, world

from spar_data.selfplay.pairs.pair_set import Cut, StoredRows
from spar_data.selfplay.pairs.recipes.refiner_authors import AuthorsConfig, refiner_authors
from spar_data.selfplay.records import Node


def _kinds(cut: Cut) -> Counter[str]:
    return Counter(f"{d.kind} {d.label}".strip() for d in cut.dialogues)


def test_authors_take_hard_cases_only_and_one_of_each_a_tree() -> None:
    samples, nodes = world()
    cut = refiner_authors(StoredRows(samples, nodes), AuthorsConfig())
    # Yes nodes with 0.5 < V < 1: "bee sat today"; No nodes with 0 < V < 0.5: one of two in the first tree, one in the second
    # samples: "one bee" (4 to 1) and "a bee sat on me today" (1 to 4); all others are unanimous or undecided
    # the refine row's first message is that of judging "a bee sat on me"; if that is the No node drawn, it goes
    same = cut.excluded["tree No row", "its first message is that of an earlier row"]
    assert _kinds(cut) == {"refine": 1, "judge Yes": 1 + 1, "judge No": 2 - same + 1}
    assert cut.excluded["response", "unanimous"] == 4
    drawn = set()
    for seed in range(12):
        other_cut = refiner_authors(StoredRows(samples, nodes), AuthorsConfig(seed=seed))
        drawn.add(other_cut.excluded["tree No row", "its first message is that of an earlier row"])
        assert len({d.messages[0].content for d in other_cut.dialogues}) == len(other_cut.dialogues)
    assert drawn == {0, 1}


def _many() -> tuple[StoredRows, list[Node]]:
    samples = [sample(f"p{i}", 0, f"bad {i}", votes(1, 4)) for i in range(20)]
    samples += [sample(f"p{i}", 1, f"good {i}", votes(4, 1)) for i in range(20)]
    nodes = [n for s in samples[:20] for n in tree(s, (0, "fine", votes(4, 1)), (0, "no", votes(2, 3)))]
    return StoredRows(samples, nodes), nodes


def test_caps_hold_and_duplicates_go_after_them() -> None:
    rows, _ = _many()
    config = AuthorsConfig(refine=5, tree_yes=4, tree_no=3, sample_no=12, sample_yes=2)
    cut = refiner_authors(rows, config)
    parents = {d.source[0].split(":")[0] for d in cut.dialogues if d.kind == "refine"}
    dropped = cut.excluded["sample No row", "its first message is that of an earlier row"]
    assert len(parents) == 5 and 0 < dropped <= 5  # some of the 12 No samples are parents of refine rows
    assert _kinds(cut) == {"refine": 5, "judge Yes": 4 + 2, "judge No": 3 + 12 - dropped}
    assert cut.excluded["sample Yes row", "above the cap of 2"] == 18
    assert cut.excluded["sample No row", "above the cap of 12"] == 8
    other = refiner_authors(rows, replace(config, seed=1))
    assert {d.id for d in other.dialogues} != {d.id for d in cut.dialogues}
    whole = refiner_authors(rows, AuthorsConfig())
    # with the authors' own caps nothing is capped, and all 20 No samples are parents: their rows go
    assert _kinds(whole) == {"refine": 20, "judge Yes": 20 + 20, "judge No": 20}


def test_caps_are_those_of_the_authors() -> None:
    config = AuthorsConfig()
    assert (config.refine, config.tree_yes, config.tree_no, config.sample_no, config.sample_yes) == (
        4000, 1500, 1000, 500, 2500,
    )  # fmt: skip
