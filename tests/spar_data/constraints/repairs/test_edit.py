"""Small edits, on texts whose result is plain to see."""

from __future__ import annotations

import pytest

from spar_data.constraints.repairs import edit
from spar_data.constraints.repairs.phrases import phrases_for

TEXT = "# Head\n\nOne is here. Two is here.\n\n- an item. More"
PHRASES = phrases_for("This is an English text about nothing.")


def test_spans_know_prose_from_items_and_headings() -> None:
    assert [(TEXT[span.start : span.end], span.prose) for span in edit.spans(TEXT)] == [
        ("Head", False),
        ("One is here.", True),
        ("Two is here.", True),
        ("an item.", False),
        ("More", False),
    ]


def test_an_addition_comes_to_the_end_of_the_last_prose_first() -> None:
    drafts = list(edit.insert(TEXT, "So it is.", PHRASES))
    assert drafts[0] == TEXT.replace("Two is here.", "Two is here. So it is.")
    assert drafts[1] == TEXT.replace("One is here.", "One is here. So it is.")
    assert f"{TEXT}\n\nSo it is." in drafts


def test_an_addition_becomes_a_value_of_json() -> None:
    assert list(edit.insert('{"note": 1}', "So it is.", PHRASES)) == ['{"note": 1, "note_2": "So it is."}']
    assert list(edit.insert("[1]", "So it is.", PHRASES)) == ['[1, "So it is."]']


def test_a_removed_stretch_takes_its_empty_line_along() -> None:
    at = TEXT.index("an item")
    assert edit.without(TEXT, at, len(TEXT)) == "# Head\n\nOne is here. Two is here."
    assert edit.without("One. Two. Three.", 5, 9) == "One. Three."


def test_replacing_by_nothing_mends_the_space() -> None:
    assert edit.replace("a very big, very old cat", [(2, 6), (12, 16)], "") == "a big, old cat"
    assert edit.replace("big cat", [(0, 3)], str.upper) == "BIG cat"


def test_hits_are_places_in_the_original_text() -> None:
    text = "Straße und STRASSE"
    assert [text[start:end] for start, end in edit.hits("strasse", text)] == ["Straße", "STRASSE"]


@pytest.mark.parametrize(
    ("relation", "n", "surplus", "lacking"),
    [
        ("at least", 4, [], 0),
        ("more than", 4, [], 1),
        ("at most", 4, [], 0),
        ("exactly", 2, [[3, 4], [1, 2]], 0),
        ("less than", 1, [[1, 2, 3, 4]] * 2, 0),
        ("exactly", 6, [], 2),
    ],
)
def test_surplus_places_are_the_last_or_the_first(
    relation: str, n: int, surplus: list[list[int]], lacking: int
) -> None:
    assert edit.excess([1, 2, 3, 4], relation, n) == (surplus, lacking)


def test_spread_begins_with_the_first() -> None:
    assert edit.spread(list(range(10)), 3) == [0, 3, 6]
    assert edit.spread([1, 2], 2) == [1, 2]


def test_fill_reaches_the_range_with_few_sentences() -> None:
    for chosen in edit.fill("", PHRASES, len, 60, 90):
        assert 60 <= sum(map(len, chosen)) <= 90
    assert list(edit.fill("", PHRASES, len, 3, 3)) == []
