"""Matching of items and checks, and the notes on what runs do not share."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hand_made_results import single_checks, strict_item, strict_run

from spar_data.core.errors import SparError
from spar_eval.comparison.matching import checks_by_place, items_by_key, labels, match, signature_notes, wording_notes
from spar_eval.results import Check, Item


def test_equal_instructions_are_matched_by_position() -> None:
    """An item may have the same kind twice; a check of another metric keeps its position."""
    item = Item("1", "p", "r", (Check("x", {"loose": True}, "first"), Check("x", {"strict": False}, "second")))
    assert {place: check.reason for place, check in checks_by_place(item, "strict").items()} == {("x", 1): "second"}


def test_shares_are_of_the_responses_of_all_runs() -> None:
    runs = [items_by_key(single_checks(passed)) for passed in ([True], [False], [True])]
    (item,), unmatched = match(runs, runs[:1], [("i0", 0)], "strict")
    assert (item.a, item.b, unmatched) == (Fraction(2, 3), Fraction(1), 0)
    assert (item.checks[0].reason_a, item.checks[0].reason_b) == ("k was False", "k was True")


def test_an_item_twice_in_a_run_is_refused() -> None:
    with pytest.raises(SparError, match=r"item i, sample 2 is in responses\.jsonl twice"):
        items_by_key(strict_run(*(strict_item("i", [("k", True)], sample=2) for _ in range(2))))


def test_notes() -> None:
    one, other = single_checks([True], signature="t|n:1|model:a"), single_checks([True], signature="t|n:1|model:b")
    assert signature_notes([one, other]) == []
    other = single_checks([True], signature="t|n:1|model:b|top-p:0.9")
    assert signature_notes([one, other]) == ["the runs were not made with the same settings: nothing against top-p:0.9"]
    runs = [items_by_key(strict_run(strict_item("i", [], prompt=text))) for text in ("short", "long")]
    assert wording_notes(runs, [("i", 0)]) == ["1 prompts have another wording under the same id: i"]
    assert labels([]) == "none" and labels([("a", 0), ("b", 1)], at_most=1) == "a, ..."
