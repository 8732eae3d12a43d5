"""Rejection-sampled rows: the requests that models are asked, the caps of the authors, what is left out and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from stored_rows import said, sample, tree, votes, world, wrapped

from spar_data.core.ids import row_id
from spar_data.models import Unparsed
from spar_data.selfplay.judge.prompt import judge_request, parse_verdict
from spar_data.selfplay.pairs.pair_recipe import NoConfig
from spar_data.selfplay.pairs.pair_set import Cut, StoredRows
from spar_data.selfplay.pairs.recipes.expert_iteration import expert_iteration
from spar_data.selfplay.pairs.recipes.refiner_authors import AuthorsConfig, refiner_authors
from spar_data.selfplay.pairs.recipes.refiner_paper import refiner_paper
from spar_data.selfplay.pairs.recipes.rft import RftConfig, rft
from spar_data.selfplay.pairs.recipes.spar import SparConfig, spar
from spar_data.selfplay.records import Dialogue, Node, Votes
from spar_data.selfplay.refine.prompt import parse_refinement, refine_request


def _kinds(cut: Cut) -> Counter[str]:
    return Counter(f"{d.kind} {d.label}".strip() for d in cut.dialogues)


def _turns(row: Dialogue) -> list[tuple[str, str]]:
    return [(m.role, m.content) for m in row.messages]


def test_refine_rows_are_the_request_of_refining_and_the_reply() -> None:
    samples, nodes = world()
    [row] = [d for d in refiner_paper(StoredRows(samples, nodes), NoConfig()).dialogues if d.kind == "refine"]
    parent, child = nodes[1], nodes[4]  # "a bee sat on me" is what "a bee today" refines
    asked = refine_request(parent.prompt, parent.text, parent.votes.judgement)
    assert child.parent == parent.node
    assert _turns(row) == [*((m.role, m.content) for m in asked.messages), ("assistant", child.reply)]
    assert [m.role for m in row.messages] == ["user", "assistant", "user", "assistant"]
    assert parse_refinement(row.messages[-1].content) == child.text and row.label == ""
    assert parse_verdict(row.messages[1].content) is False


def test_judge_rows_are_the_request_of_judging_and_a_judgement_of_the_majority() -> None:
    samples, nodes = world()
    cut = refiner_paper(StoredRows(samples, nodes), NoConfig())
    texts = {s.response: s for s in samples} | {n.text: n for n in nodes[1:6] + nodes[7:]}
    judged = [d for d in cut.dialogues if d.kind == "judge"]
    asked = {judge_request(each.prompt, text).messages[0].content: each for text, each in texts.items() if text}
    for row in judged:
        [(role, request), (answer, judgement)] = _turns(row)
        assert (role, answer) == ("user", "assistant")
        assert parse_verdict(judgement) is (row.label == "Yes") and asked[request].votes.verdict == row.label
    # samples: 4 + 4 + 5 + 5 + 5 + 5, nodes: 4 + 3 + 4 + 5, and 4 + 5 of the second tree
    assert len(judged) == 28 + 16 + 9
    assert cut.excluded["judgement", "of the minority"] == 2 + (1 + 2 + 1) + 1
    assert cut.excluded["response", "judged tie"] == 1 and cut.excluded["response", "length"] == 1
    assert cut.excluded["response", "judged unparsed"] == 1


def test_equal_judgements_of_one_text_are_one_row() -> None:
    voted = Votes(["No"] * 3, [said("No", 1)] * 3, "No", 0.0, said("No", 1), "")
    cut = refiner_paper(StoredRows([sample("p", 0, "text", voted)], []), NoConfig())
    assert len(cut.dialogues) == 1 and cut.excluded["judge row", "duplicate"] == 2
    assert len({d.id for d in cut.dialogues}) == len(cut.dialogues)


def test_judgements_of_the_checkers_and_replies_of_the_rules_refiner() -> None:
    by_checkers = Votes([], [], "No", 0.0, said("No", 0), "No")
    root = sample("p", 0, "root", by_checkers)
    nodes = [
        replace(n, refiner="rules")
        for n in tree(root, (0, "new {text}", Votes([], [], "Yes", 1.0, said("Yes", 0), "Yes")))
    ]
    cut = refiner_paper(StoredRows([root], nodes), NoConfig())
    assert _kinds(cut) == {"judge No": 1, "judge Yes": 1, "refine": 1}
    [row] = [d for d in cut.dialogues if d.kind == "refine"]
    assert parse_refinement(row.messages[-1].content) == "new {text}"
    assert row.messages[-1].content == nodes[1].reply
    assert cut.notes["refine replies made by rules"] == 1
    silent = refiner_paper(StoredRows([root], [replace(n, reply="") for n in nodes]), NoConfig())
    assert silent.excluded["tree", "the refiner's reply does not hold the refined text"] == 1, "no reply is made up"
    assert _kinds(refiner_authors(StoredRows([root], nodes), AuthorsConfig())) == {
        "refine": 1
    }  # checkers are unanimous
    tagged = [replace(n, text="ends with [[start]]" if n.node else n.text) for n in nodes]
    broken = refiner_paper(StoredRows([root], tagged), NoConfig())
    assert isinstance(parse_refinement(wrapped("ends with [[start]]")), Unparsed)
    assert broken.excluded["tree", "the refiner's reply does not hold the refined text"] == 1


def test_a_reply_that_holds_another_text_is_no_refine_row() -> None:
    samples, nodes = world()
    other = [replace(n, reply=wrapped("something else")) if n.node == 4 else n for n in nodes]
    cut = refiner_paper(StoredRows(samples, other), NoConfig())
    assert "refine" not in _kinds(cut)
    assert cut.excluded["tree", "the refiner's reply does not hold the refined text"] == 1
    silent = [replace(n, votes=replace(n.votes, judgement="")) if n.node == 1 else n for n in nodes]
    assert (
        refiner_paper(StoredRows(samples, silent), NoConfig()).excluded[
            "tree", "the refined node's parent has no judgement"
        ]
        == 1
    )


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
        found = refiner_authors(StoredRows(samples, nodes), AuthorsConfig(seed=seed))
        drawn.add(found.excluded["tree No row", "its first message is that of an earlier row"])
        assert len({d.messages[0].content for d in found.dialogues}) == len(found.dialogues)
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


def test_actor_rows_are_the_responses_judged_yes() -> None:
    samples, _ = world()
    cut = rft(StoredRows(samples), RftConfig())
    assert sorted(_turns(d)[1][1] for d in cut.dialogues) == ["a bee again", "bee", "one bee"]
    assert all(d.kind == "actor" for d in cut.dialogues)
    assert {d.prompt_id: _turns(d)[0][1] for d in cut.dialogues} == {row_id(p): p for p in ("p1", "p2", "p3")}
    assert cut.excluded["prompt", "no Yes"] == 1 and cut.excluded["response", "judged tie"] == 1


@pytest.mark.parametrize(("most", "expected"), [(0, {"a", "b", "c"}), (1, {"b"}), (2, {"b", "a"})])
def test_actor_rows_keep_the_surest_ones(most: int, expected: set[str]) -> None:
    rows = [("a", votes(4, 1)), ("b", votes(5, 0)), ("c", votes(3, 2)), ("b ", votes(5, 0)), ("d", votes(2, 3))]
    samples = [sample("p", i, text, voted) for i, (text, voted) in enumerate(rows)]
    cut = rft(StoredRows(samples), RftConfig(per_prompt=most))
    assert {d.messages[-1].content for d in cut.dialogues} == expected


def test_expert_rows_are_the_refined_responses() -> None:
    _, nodes = world()
    cut, pairs = (
        expert_iteration(StoredRows(nodes=nodes, system="Be kind."), NoConfig()),
        spar(StoredRows(nodes=nodes), SparConfig()),
    )
    assert pairs.pairs and [d.messages[-1].content for d in cut.dialogues] == [p.chosen for p in pairs.pairs]
    assert all([m.role for m in d.messages] == ["system", "user", "assistant"] for d in cut.dialogues)
    assert cut.excluded == pairs.excluded and {d.kind for d in cut.dialogues} == {"actor"}
