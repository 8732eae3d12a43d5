"""The chain end to end: equal bytes, resumption, a model teacher."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest
from server import Reply, ScriptedServer

from spar_data.prompts.build import build_dataset, build_seeds, estimate_cost
from spar_data.prompts.ledger import funnel
from spar_data.prompts.recipe import load_recipe
from spar_data.prompts.run_folder import RunFolder


@pytest.mark.usefixtures("no_benchmarks")
def test_two_builds_are_equal_byte_for_byte(built: tuple[Path, Path], tmp_path: Path) -> None:
    again = build_dataset(runs=tmp_path / "runs", out=tmp_path).path
    for name in ("data/prompts.parquet", "data/seeds.parquet", "README.md", "manifest.json"):
        assert (built[1] / name).read_bytes() == (again / name).read_bytes(), name


@pytest.mark.usefixtures("no_benchmarks")
def test_a_second_build_uses_what_is_there(built: tuple[Path, Path]) -> None:
    said: list[str] = []
    build_dataset(runs=built[0].parent, out=built[1].parent, say=said.append)
    assert [line.split(":")[0] for line in said] == ["candidates", "seeds", "evolved", "prompts"]


def _teacher(prompt: str, nth: int) -> Reply | str | int:
    seed = re.search(r"The prompt:\n\[\[start\]\](.*?)\[\[end\]\]", prompt, re.DOTALL)
    assert seed
    text = seed[1]
    if "poem" in text:
        return "None"
    if len(text) % 7 == 0:
        return "no markers here"
    return 400 if len(text) % 11 == 0 and nth == 1 else f"[[start]]{text} Use no commas.[[end]]"


@pytest.mark.usefixtures("no_benchmarks")
def test_a_model_teacher_end_to_end(tmp_path: Path) -> None:
    server = ScriptedServer(_teacher)
    try:
        recipe = load_recipe("mini", [f"evolve.teacher=openai:m@{server.url}", "source.limit=150", "name=taught"])
        run = RunFolder(tmp_path / "runs" / recipe.folder_name)
        build_seeds(recipe, run)
        planned = estimate_cost(recipe, run)
        assert planned.calls == planned.seeds > 100 and planned.usd is None and not server.calls
        build_dataset(recipe, runs=tmp_path / "runs", out=tmp_path)
        first = {s.stage: s for s in funnel(run.folder)}["evolve"]
        assert first.failed > 0 and first.kept > 50
        assert {"unparsable: no [[start]]"} <= {reason for reason, _ in first.reasons}
        folder = build_dataset(recipe, runs=tmp_path / "runs", out=tmp_path).path  # asks only for what failed
        second = {s.stage: s for s in funnel(run.folder)}["evolve"]
        assert second.failed == 0 and second.kept == first.kept + first.failed
        assert sum(server.calls.values()) == first.entered + first.failed
    finally:
        server.close()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["tokens"] == {"prompt": 7 * second.entered, "completion": 3 * second.entered, "usd": None}
    rows = pl.read_parquet(folder / "data" / "prompts.parquet")
    assert set(rows["teacher"]) == {f"openai:m@{server.url}"} and rows["constraints"].list.len().sum() == 0
