"""A broken taxonomy is refused with file and leaf."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spar_data.core.assets import asset
from spar_data.core.errors import SparError
from spar_data.prompts.taxonomy_files import load_taxonomy


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
        load_taxonomy(copy)


def test_missing_folder() -> None:
    with pytest.raises(SparError, match=r"no taxonomy at"):
        load_taxonomy("no-such-folder")
