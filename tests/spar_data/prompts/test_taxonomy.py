"""The shipped taxonomy has the published shape, and a broken one is refused with file and leaf."""

from __future__ import annotations

from spar_data.prompts.taxonomy_files import load_taxonomy


def test_published_shape() -> None:
    """SPaR: 3 groups, 14 types, 63 leaves, with 5,6,4,3,4,4 | 3,4,4,7 | 6,3,6,4 leaves per type."""
    words = load_taxonomy()
    assert [len(t.leaves) for t in words.types] == [5, 6, 4, 3, 4, 4, 3, 4, 4, 7, 6, 3, 6, 4]
    assert [len(g.types) for g in words.groups] == [6, 4, 4]
    assert len(words.leaves) == 63


def test_every_leaf_can_be_said_in_english_in_several_ways() -> None:
    words = load_taxonomy()
    for leaf in words.leaves:
        wanted = 1 if leaf.startswith("general.language.") else 2
        assert len(words.languages["en"].phrasings[leaf]) >= wanted, leaf


def test_conflicts_hold_in_both_directions() -> None:
    words = load_taxonomy()
    for a, b in (
        ("format.text_format.json", "content.genre.poetry"),
        ("format.character_format.uppercase", "format.character_format.lowercase"),
        ("format.length.words", "format.length.sentences"),
        ("general.language.chinese", "content.keyword.include"),
    ):
        assert words.conflict(a, b) and words.conflict(b, a)
    assert not words.conflict("content.keyword.include", "general.sentiment.positive")
