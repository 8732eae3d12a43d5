"""Texts become longer or shorter by whole sentences."""

from __future__ import annotations

from repair_table import TEA, TWO, repair_test

from spar_data.constraints.repairs import repair

test_small_faults = repair_test(
    ("length.characters", {"relation": "at most", "n": 80}, TEA, "Tea is a drink. It comes from Asia and it warms you."),
    ("length.characters", {"relation": "at least", "n": 190}, TWO, f"{TWO} Details differ from case to case."),
    ("length.paragraphs", {"relation": "exactly", "n": 2}, TEA, TEA.replace("you. Many", "you.\n\nMany")),
    ("length.paragraphs", {"relation": "exactly", "n": 1}, TWO, TWO.replace("\n\n", "\n")),
    ("length.sections", {"marker": "Part", "n": 2}, TWO, f"Part 1\n{TWO}".replace("\n\nCoffee", "\n\nPart 2\nCoffee")),
    ("length.sections", {"marker": "Part", "n": 2}, f"Part 1\n{TEA}\n\nPart 3\n{TEA}", f"Part 1\n{TEA}\n\nPart 2\n{TEA}"),
    ("length.sentences", {"relation": "exactly", "n": 5}, TWO, TWO.replace("up. The", "up; the")),
    ("length.words", {"relation": "at most", "n": 24}, TWO, TEA),
    ("length.words", {"relation": "exactly", "n": 41}, TWO, f"{TWO} More could be said."),
)  # fmt: skip


def test_what_no_edit_mends() -> None:
    assert repair("length.words", "Sure.", {"relation": "at least", "n": 300}) is None
    assert repair("length.words", TEA, {"relation": "less than", "n": 1}) is None


def test_more_sections_than_neutral_sentences() -> None:
    repaired = repair("length.sections", TEA, {"marker": "Part", "n": 40})
    assert repaired and repaired.count("Part ") == 40
