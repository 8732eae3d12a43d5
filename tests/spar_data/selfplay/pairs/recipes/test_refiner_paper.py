"""Rows of the refiner by the paper: duplicates, rules and replies that do not fit."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from stored_rows import judgement, refiner_reply, sample, tree, world

from spar_data.models import Unparsed
from spar_data.selfplay.pairs.pair_recipe import NoConfig
from spar_data.selfplay.pairs.pair_set import Cut, StoredRows
from spar_data.selfplay.pairs.recipes.refiner_authors import AuthorsConfig, refiner_authors
from spar_data.selfplay.pairs.recipes.refiner_paper import refiner_paper
from spar_data.selfplay.records import Votes
from spar_data.selfplay.refine.prompt import parse_refinement


def _kinds(cut: Cut) -> Counter[str]:
    return Counter(f"{d.kind} {d.label}".strip() for d in cut.dialogues)


def test_equal_judgements_of_one_text_are_one_row() -> None:
    voted = Votes(["No"] * 3, [judgement("No", 1)] * 3, "No", 0.0, judgement("No", 1), "")
    cut = refiner_paper(StoredRows([sample("p", 0, "text", voted)], []), NoConfig())
    assert len(cut.dialogues) == 1 and cut.excluded["judge row", "duplicate"] == 2
    assert len({d.id for d in cut.dialogues}) == len(cut.dialogues)


def test_judgements_of_the_checkers_and_replies_of_the_rules_refiner() -> None:
    by_checkers = Votes([], [], "No", 0.0, judgement("No", 0), "No")
    root = sample("p", 0, "root", by_checkers)
    nodes = [
        replace(n, refiner="rules")
        for n in tree(root, (0, "new {text}", Votes([], [], "Yes", 1.0, judgement("Yes", 0), "Yes")))
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
    assert isinstance(parse_refinement(refiner_reply("ends with [[start]]")), Unparsed)
    assert broken.excluded["tree", "the refiner's reply does not hold the refined text"] == 1


def test_a_reply_that_holds_another_text_is_no_refine_row() -> None:
    samples, nodes = world()
    other = [replace(n, reply=refiner_reply("something else")) if n.node == 4 else n for n in nodes]
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
