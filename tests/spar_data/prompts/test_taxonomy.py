"""The shipped taxonomy has the published shape, and a broken one is refused with file and leaf."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spar_data.core.assets import asset
from spar_data.core.errors import SparError
from spar_data.prompts.taxonomy import load


def test_published_shape() -> None:
    """SPaR: 3 groups, 14 types, 63 leaves, with 5,6,4,3,4,4 | 3,4,4,7 | 6,3,6,4 leaves per type."""
    words = load()
    assert [len(t.leaves) for t in words.types] == [5, 6, 4, 3, 4, 4, 3, 4, 4, 7, 6, 3, 6, 4]
    assert [len(g.types) for g in words.groups] == [6, 4, 4]
    assert len(words.leaves) == 63


def test_every_leaf_can_be_said_in_english_in_several_ways() -> None:
    words = load()
    for leaf in words.leaves:
        wanted = 1 if leaf.startswith("general.language.") else 2
        assert len(words.languages["en"].phrasings[leaf]) >= wanted, leaf


def test_conflicts_hold_in_both_directions() -> None:
    words = load()
    for a, b in (
        ("format.text_format.json", "content.genre.poetry"),
        ("format.character_format.uppercase", "format.character_format.lowercase"),
        ("format.length.words", "format.length.sentences"),
        ("general.language.chinese", "content.keyword.include"),
    ):
        assert words.conflict(a, b) and words.conflict(b, a)
    assert not words.conflict("content.keyword.include", "general.sentiment.positive")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(asset("taxonomy"), tmp_path / "taxonomy"))


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("format.toml", 'checker = "length.words"', 'checker = "length.wrods"', r"format.toml.*format.length.words.*length.words"),
        ("content.toml", 'conflicts = ["content.genre"]', 'conflicts = ["content.gnre"]', r"content.toml.*content.genre"),
        ("format.toml", "{ from = 80, to = 320", "{ from = 480, to = 320", r"format.length.words.*480"),
        ("languages/en.toml", 'say = "use exactly {n} sentences"', 'say = "use exactly {m} sentences"', r"en.toml.*sentences.*\{m\}"),
        ("languages/en.toml", 'relation = "less than" },\n    { say = "do not', 'relation = "fewer" },\n    { say = "do not', r"length.words.*fewer"),
        ("languages/en.toml", '"content.genre.diary" = [\n', '"content.genre.dairy" = [\n', r"dairy.*content.genre.diary"),
        ("languages/en.toml", "'\\bcsv\\b'", "'\\bcsv('", r"en.toml.*format.text_format.json.*regular expression"),
        ("taxonomy.toml", 'version = "1.0.0"', "version = 1", r"taxonomy.toml.*version"),
    ],
)  # fmt: skip
def test_broken_taxonomies_name_file_and_leaf(copy: Path, file: str, old: str, new: str, message: str) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SparError, match=message):
        load(copy)


def test_missing_folder() -> None:
    with pytest.raises(SparError, match=r"no taxonomy at"):
        load("no-such-folder")
