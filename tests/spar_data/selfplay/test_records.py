"""Small properties of the rows of self-play."""

from __future__ import annotations

from dataclasses import replace

from sample_trees import sample_tree

from spar_data.core.ids import row_id
from spar_data.core.tables import frame, schema
from spar_data.models import Message
from spar_data.selfplay.records import Dialogue, Node, Pair, Votes, distinct, squeeze
from spar_data.selfplay.stored_rows import to_records


def test_votes_in_numbers() -> None:
    votes = Votes(["Yes", "No", "Yes", "failed"], [""] * 4, "Yes", 2 / 3, "", "")
    assert votes.text() == "2 Yes, 1 No, 0 unparsed, 1 failed" and votes.number("Yes") == 2


def test_who_made_a_node_is_no_column() -> None:
    root, child, by_rules, *_ = sample_tree("t")
    assert (root.by_rules, child.by_rules, by_rules.by_rules) == (False, False, True)
    assert "by_rules" not in schema(Node)
    assert to_records(frame([root, by_rules], Node), Node) == [root, by_rules]
    assert not replace(by_rules, refiner="m").by_rules


def test_texts_that_differ_in_white_space_only_are_equal() -> None:
    assert squeeze(" a\n\n b\tc ") == squeeze("a b c") == "a b c" != squeeze("ab c")


def test_the_first_row_of_each_text_counts() -> None:
    assert distinct(["a  b", "c", "a b"], str) == ["a  b", "c"]


def test_an_id_depends_on_texts_and_on_the_recipe_of_a_pair() -> None:
    prompt = [Message("user", "q")]
    spar, direct = (Pair.of(recipe, "p", prompt, "a", "b", 1.0, 0.0, []) for recipe in ("spar", "direct"))
    assert spar.id == row_id("spar", "q", "a", "b") != direct.id
    rows = [
        Dialogue.of("actor", recipe, "p", [*prompt, Message("assistant", "a")], "", []) for recipe in ("rft", "sft")
    ]
    assert rows[0].id == rows[1].id == row_id("user", "q", "assistant", "a")
