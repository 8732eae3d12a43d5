"""trees.parquet from more rows than memory holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sample_trees import sample_tree

from spar_data.selfplay.search import trees_file as module
from spar_data.selfplay.search.read_trees import read_trees
from spar_data.selfplay.search.trees_file import trees_file


def test_parts_are_joined_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 8)
    trees, out = [sample_tree(f"t{number}") for number in range(5)], tmp_path / "trees.parquet"
    with trees_file(out) as file:
        for tree in trees:
            file.add(tree)
        assert len(list(tmp_path.glob(".*.parts/*"))) == 2
        file.write(out)
    assert list(read_trees(out)) == trees and [path.name for path in tmp_path.iterdir()] == ["trees.parquet"]


def test_parts_of_killed_runs_are_removed_and_those_of_others_stay(tmp_path: Path) -> None:
    dead, alive = tmp_path / ".trees.parquet.999999999.parts", tmp_path / f".trees.parquet.{os.getppid()}.parts"
    for folder in (dead, alive):
        folder.mkdir()
    with trees_file(tmp_path / "trees.parquet") as file:
        file.write(tmp_path / "trees.parquet")
    assert not dead.exists() and alive.exists() and not list(read_trees(tmp_path / "trees.parquet"))
