"""Releases of self-play: whole, loadable, equal for equal runs."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pairs_commands import make_release, pairs, world_run
from stored_rows import run_folder, world

from spar_data.core.files import sha256
from spar_data.release import publish
from spar_data.selfplay.records import Node
from spar_data.selfplay.stored_rows import to_records


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return world_run(tmp_path)


def test_a_release_that_fails_leaves_nothing(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spar_data.selfplay.release.write.overview", lambda *arguments: 1 / 0)
    result = pairs(run, "--recipe", "spar", "--release", "r", "--out", str(tmp_path / "releases"))
    assert isinstance(result.exception, ZeroDivisionError) and not list((tmp_path / "releases").iterdir())


def test_a_release_is_whole_and_loads(run: Path, tmp_path: Path) -> None:
    folder = make_release(run, tmp_path / "releases")
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    sets = ["dpo", "dpo_direct", "actor_rft", "rft", "rft_authors", "trees"]
    assert [name for name in manifest["files"] if name.startswith("data/")] == [f"data/{s}.parquet" for s in sets]
    for name, facts in manifest["files"].items():
        assert sha256(folder / name) == facts["sha256"] and (folder / name).stat().st_size == facts["bytes"]
    assert (folder / "overview.png").read_bytes()[:4] == b"\x89PNG"
    assert [step["stage"] for step in manifest["funnel"][:3]] == [
        "responses", "responses judged", "prompts with a failing response",
    ]  # fmt: skip
    assert all(step["entered"] == step["kept"] + step["dropped"] + step["failed"] for step in manifest["funnel"])
    assert [(s["entered"], s["kept"]) for s in manifest["funnel"][:4]] == [(9, 8), (8, 6), (4, 3), (2, 1)]
    assert manifest["rules"] == ["constraints of the prompts: composed by code"]
    assert manifest["calibration"]["texts"] == 8 + 6  # responses, refinements
    assert (
        "http://h" not in (folder / "manifest.json").read_text()
        and str(tmp_path) not in (folder / "manifest.json").read_text()
    )
    assert publish.plan_upload(folder).repository == "me/tiny"
    trees = to_records(pl.read_parquet(folder / "data" / "trees.parquet"), Node)
    assert trees == world()[1]
    datasets = pytest.importorskip("datasets")
    for config, number in (("dpo", 1), ("dpo_direct", 2), ("rft", manifest["files"]["data/rft.parquet"]["rows"])):
        loaded = datasets.load_dataset(str(folder), config, split="train", cache_dir=str(tmp_path / "cache"))
        assert len(loaded) == number


def test_equal_runs_make_equal_bytes(run: Path, tmp_path: Path) -> None:
    one, other = make_release(run, tmp_path / "a"), make_release(run, tmp_path / "b")
    names = sorted(p.relative_to(one).as_posix() for p in one.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(other).as_posix() for p in other.rglob("*") if p.is_file()) and len(names) > 20
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert make_release(run, tmp_path / "a") == one  # an older folder of that name is replaced


def test_a_release_says_what_rules_made_beside_models(run: Path, tmp_path: Path) -> None:
    samples, nodes = world()
    changed = [dataclasses.replace(n, refiner="rules") if n.text == "a bee today" else n for n in nodes]
    search = {"refiner": {"name": "tiny-refiner"}, "rules_first": True}
    settings = {"seed": 7, "judge": {"name": "j", "votes": 5}, "min_valid": 0, "exact_vote": "also", "search": search}
    folder = make_release(run_folder(tmp_path / "both", samples, changed, settings=settings), tmp_path / "releases")
    assert json.loads((folder / "manifest.json").read_text())["rules"] == [
        "some verdicts: the checkers vote beside the judge (one more vote)",
        "some refined responses: the first child of a node is the smallest edit by code",
        "1 refined responses made by rules (set dpo)",
        "1 refine replies made by rules (set rft)",
        "1 refine replies made by rules (set rft_authors)",
    ]
