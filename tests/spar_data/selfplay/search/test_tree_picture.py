"""Pictures of trees."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sample_trees import sample_tree

from spar_data.cli.main import cli
from spar_data.core.files import write_parquet
from spar_data.core.tables import frame
from spar_data.selfplay.records import Node
from spar_data.selfplay.search.tree_picture import draw


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    failed = [*sample_tree("ab99")[:3]]
    write_parquet(tmp_path / "trees.parquet", frame([*sample_tree("aa11"), *sample_tree("ab22"), *failed], Node))
    return tmp_path


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["tree", *map(str, arguments)])


def test_pictures(folder: Path, tmp_path: Path) -> None:
    png, svg = tmp_path / "new" / "t.png", tmp_path / "t.svg"
    assert _run("aa", "--run", folder, "--picture", png).exit_code == 0
    draw(sample_tree("aa11"), svg)
    assert png.read_bytes()[:4] == b"\x89PNG"
    assert "</svg>" in svg.read_text() and "<!-- 3 rules -->" in svg.read_text() and "<!-- 2 rules" in svg.read_text()
    for file in (png, svg):
        before = file.read_bytes()
        draw(sample_tree("aa11"), file)
        assert file.read_bytes() == before or file is svg, "the same tree, the same picture"
    alone = tmp_path / "root.png"
    draw(sample_tree("aa11")[:1], alone)
    assert alone.stat().st_size > 1000
