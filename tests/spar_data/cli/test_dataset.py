"""`dataset`, `seeds`, `recipes` and `publish`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.prompts.recipe import load_recipe, shipped_recipes


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_benchmarks: None) -> Any:
    """Runs a command in a folder with a small source; returns what it printed."""
    monkeypatch.chdir(tmp_path)
    prompts = [f"Write a short story about a {animal} that is lost." for animal in ("cat", "horse", "small whale")]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps({"prompt": prompt}) + "\n" for prompt in [*prompts, "Hi"]))

    def call(*arguments: Any) -> str:
        result = CliRunner().invoke(cli, [str(a) for a in arguments])
        if result.exception:
            raise result.exception
        return result.stdout

    return call


SMALL = ("--source", "in.jsonl", "--set", "name=small", "--set", "self_bleu.threshold=0.9")


def test_dataset_builds_a_release_and_continues(run: Any) -> None:
    output = run("dataset", *SMALL)
    assert "3 rows  releases/small-1.0.0/data/prompts.parquet" in output
    assert "Not decontaminated" in output and "Funnel: spar-data funnel runs/small-1.0.0" in output
    facts = json.loads(run("dataset", *SMALL, "--json"))
    assert facts["release"] == "releases/small-1.0.0" and facts["calls"] == []
    assert facts["files"]["data/seeds.parquet"]["rows"] == 3 and facts["funnel"][2]["dropped"] == 1


def test_dry_run_prints_the_cost_and_releases_nothing(run: Any, tmp_path: Path) -> None:
    assert "3 seeds to evolve by rules: no calls" in run("dataset", *SMALL, "--dry-run")
    teacher = ("--teacher", "openai:gpt-4o-mini@http://localhost:1/v1")
    output = run("dataset", *SMALL, "--dry-run", *teacher)
    assert "3 calls to make" in output and "No call was made." in output
    facts = json.loads(run("dataset", *SMALL, "--dry-run", *teacher, "--json"))
    assert facts["estimate"]["calls"] == 3 and not (tmp_path / "releases").exists()


def test_seeds_stops_after_the_filters(run: Any, tmp_path: Path) -> None:
    output = run("seeds", *SMALL, "--limit", 2)
    assert "2 seeds in runs/small-1.0.0/seeds.parquet\nselfbleu:pairwise|t:0.9" in output
    assert not (tmp_path / "releases").exists()


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_printed_recipe_is_the_recipe(run: Any, tmp_path: Path, name: str) -> None:
    assert name in run("recipes").split()
    (tmp_path / "copy.toml").write_text(run("recipes", name))
    assert tomllib.loads((tmp_path / "copy.toml").read_text())["seed"] == 42
    assert load_recipe(str(tmp_path / "copy.toml")) == load_recipe(name)


def test_publish_lists_the_files(run: Any, built: tuple[Path, Path]) -> None:
    output = run("publish", built[1], "--repository", "me/set", "--dry-run")
    assert "https://huggingface.co/datasets/me/set" in output and "manifest.json" in output
    with pytest.raises(SparError, match="OWNER/NAME"):
        run("publish", built[1], "--dry-run")
