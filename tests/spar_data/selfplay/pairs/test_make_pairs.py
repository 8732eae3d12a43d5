"""Rows of a run by one or more recipes."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from pairs_commands import pairs_ok, recipe_options, world_run
from stored_rows import run_folder, sample, votes

from spar_data.core.errors import SparError
from spar_data.models import FunctionModel
from spar_data.selfplay.pairs.make_pairs import make_pairs
from spar_data.selfplay.pairs.recipes.spar import SparConfig


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return world_run(tmp_path)


def test_a_recipe_without_rows_is_told_beside_others(run: Path, tmp_path: Path) -> None:
    samples = [sample("p", i, f"text {i}", votes(5, 0)) for i in range(3)]
    result = pairs_ok(
        run_folder(tmp_path / "all", samples, []), *recipe_options("direct", "rft"), "--out", str(tmp_path / "o")
    )
    assert "direct: 0 rows" in result.output and "prompt: no No" in result.output
    assert not (tmp_path / "o" / "dpo_direct.parquet").exists() and (tmp_path / "o" / "actor_rft.parquet").is_file()


def test_the_system_prompt_of_the_run_stands_in_the_actors_rows_alone(run: Path, tmp_path: Path) -> None:
    facts = json.loads((run / "run.json").read_text())
    facts["settings"] = {**facts.get("settings", {}), "sampling": {"system": "Be brief."}}
    (run / "run.json").write_text(json.dumps(facts))
    pairs_ok(run, *recipe_options("spar", "direct", "rft", "refiner-paper"), "--out", str(tmp_path / "out"))
    for name in ("dpo", "dpo_direct", "actor_rft", "rft"):
        rows = pl.read_parquet(tmp_path / "out" / f"{name}.parquet").to_dicts()
        first = {(row.get("prompt") or row["messages"])[0]["content"] for row in rows}
        assert rows and ("Be brief." in first) == (name != "rft"), name
        assert name == "rft" or first == {"Be brief."}


def test_results_as_frames_and_files(run: Path, tmp_path: Path) -> None:
    pairs = make_pairs(run, ["direct", "spar"], seed=3)
    assert repr(pairs) == "Pairs(dpo_direct: 2 rows, dpo: 1 rows)"
    assert pairs.to_polars("dpo")["chosen"].to_list() == ["a bee today"] and pairs.to_polars().height == 2
    with pytest.raises(SparError, match="Did you mean 'dpo'"):
        pairs.to_polars("dpoo")
    files = pairs.write(str(tmp_path / "out"), ["trl"])
    assert [file.name for file in files] == [
        "dpo_direct.parquet", "dpo.parquet", "dpo_direct.jsonl", "dpo.jsonl", "statistics.json",
    ]  # fmt: skip
    again = make_pairs(run, {"spar": SparConfig(above=0.95)}, add={"earlier": tmp_path / "out" / "dpo.parquet"})
    assert list(again.sets) == ["earlier", "dpo"] and again.overlaps["spar, earlier"].chosen == 1


def test_a_judge_in_python_scores_responses(run: Path) -> None:
    judge = FunctionModel(lambda request: f"Score: {len(request.prompt) % 6}", name="judge")
    pairs = make_pairs(run, ["self-rewarding"], judge=judge)
    assert set(pairs.to_polars()["recipe"]) == {"self-rewarding"} and [phase for phase, _ in pairs.calls] == ["score"]
    with pytest.raises(SparError, match="name it with --judge"):
        make_pairs(run, ["self-rewarding"])
