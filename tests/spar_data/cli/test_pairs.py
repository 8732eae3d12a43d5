"""`spar-data pairs` from the outside: tables, files, and errors that say what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from pairs_commands import pairs, pairs_ok, recipe_options, world_run
from server import ScriptedServer
from stored_rows import run_folder, sft_row, world

from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.core.tables import frame
from spar_data.selfplay.records import Dialogue, Pair
from spar_data.selfplay.stored_rows import to_records


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return world_run(tmp_path)


def test_pairs_and_statistics_of_two_recipes(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs"
    result = pairs_ok(run, *recipe_options("spar", "direct"), "--format", "trl", "--out", str(out))
    output = result.output
    assert "spar: 1 row (dpo) from 2 trees" in output and "1  tree: no refinement with V > 0.5" in output
    assert "direct: 2 rows (dpo_direct) from 4 prompts, 9 responses" in output and "1  prompt: no Yes" in output
    assert "similarity of sides (characters)" in output
    assert "in common (spar, direct): 1 prompts, 1 rejected, 0 chosen" in output
    spar = to_records(pl.read_parquet(out / "dpo.parquet"), Pair)
    assert [p.chosen for p in spar] == ["a bee today"] and len(pl.read_parquet(out / "dpo_direct.parquet")) == 2
    assert (out / "trl" / "dpo.jsonl").is_file() and not (out / "llama-factory").exists()
    summary = json.loads((out / "statistics.json").read_text())
    printed = json.loads(pairs_ok(run, *recipe_options("spar", "direct"), "--json", "--out", str(out)).stdout)
    assert {k: printed[k] for k in summary} == summary
    assert summary["statistics"]["spar"]["pairs"] == 1 and summary["recipes"]["spar"]["started"] == {"trees": 2}


def test_settings_and_seed(run: Path, tmp_path: Path) -> None:
    result = pairs_ok(run, "--recipe", "spar", "--set", "spar.above=0.95", "--out", str(tmp_path / "o"), "--json")
    assert json.loads(result.stdout)["statistics"]["spar"]["chosen_value"] == 1.0
    for option, words in (
        ("spar.abov=1", "Did you mean 'above'"),
        ("spar.above=no", "float is expected"),
        ("direct.pairs=2", "unknown key 'direct'. Known: spar, release"),
        ("release.licence=mit", "Did you mean 'license'"),
    ):
        error = pairs(run, "--recipe", "spar", "--set", option, "--out", str(tmp_path / "x")).exception
        assert isinstance(error, SparError) and words in str(error), (option, error)
    assert not (tmp_path / "x").exists()


def test_spin_needs_and_takes_an_sft_set(run: Path, tmp_path: Path) -> None:
    error = pairs(run, "--recipe", "spin", "--out", "o").exception
    assert isinstance(error, SparError) and "--add FILE" in str(error)
    write_parquet(tmp_path / "actor_sft.parquet", frame([sft_row("p1", "gold")], Dialogue))
    pairs_ok(run, "--recipe", "spin", "--add", str(tmp_path / "actor_sft.parquet"), "--out", str(tmp_path / "o"))
    assert pl.read_parquet(tmp_path / "o" / "dpo_spin.parquet")["chosen"].to_list() == ["gold"]
    assert len(pl.read_parquet(tmp_path / "o" / "actor_sft.parquet")) == 1
    pairs_ok(run, "--out", str(tmp_path / "spar"))
    (tmp_path / "spar" / "dpo.parquet").rename(tmp_path / "pairs.parquet")
    write_parquet(tmp_path / "dpo.parquet", frame([sft_row("p1", "gold")], Dialogue))
    refused = pairs(run, "--add", str(tmp_path / "dpo.parquet"), "--out", "o")
    assert refused.exit_code == 2 and "none of" in refused.output
    result = pairs_ok(run, "--add", f"more={tmp_path / 'pairs.parquet'}", "--out", str(tmp_path / "m"), "--json")
    assert json.loads(result.stdout)["statistics"]["more"]["pairs"] == 1


def test_scores_are_planned_asked_and_told(run: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda prompt, nth: "Winner: A" if "Judgement A" in prompt else f"Score: {len(prompt) % 6}")
    spec = ("--judge", f"openai:tiny@{server.url}", "--store", str(tmp_path / "s.sqlite"), "--out", str(tmp_path / "o"))
    planned = pairs_ok(run, *recipe_options("meta-rewarding"), *spec, "--dry-run").output
    assert "7 calls for 77 samples" in planned and "at most 110 comparisons" in planned and not server.calls
    output = pairs_ok(run, *recipe_options("meta-rewarding", "self-rewarding"), *spec).output
    assert "score: " in output and server.calls and "meta-rewarding: " in output
    assert set(pl.read_parquet(tmp_path / "o" / "dpo_meta_rewarding.parquet")["recipe"]) == {"meta-rewarding"}
    assert "No calls" in pairs_ok(run, "--out", "x", "--dry-run").output and not Path("x").exists()


def test_errors_say_what_to_do(run: Path, tmp_path: Path) -> None:
    def error(folder: Path, *options: str) -> str:
        result = pairs(folder, *options, "--out", str(tmp_path / "x"))
        assert isinstance(result.exception, SparError), result.output
        return str(result.exception)

    assert "no samples.parquet" in error(tmp_path / "nowhere")
    assert "Did you mean 'direct'" in error(run, "--recipe", "dirct")
    assert "spar-data gold" in error(run, "--recipe", "star")
    samples, nodes = world()
    bare = run_folder(tmp_path / "bare", samples, None)
    assert "no trees.parquet" in error(bare, "--recipe", "spar")
    assert "name it with --judge" in error(bare, "--recipe", "self-rewarding")
    lost = run_folder(tmp_path / "lost", samples, nodes[6:])
    output = error(lost, "--recipe", "spar")
    assert "no row is left" in output and "spar: 1 tree: no refinement with V > 0.5" in output
    assert "holds no trees" in error(run_folder(tmp_path / "empty", samples, []), "--recipe", "spar")
    write_parquet(tmp_path / "odd" / "samples.parquet", pl.DataFrame({"id": ["a"]}))
    assert "column 'prompt_id' is missing" in error(tmp_path / "odd", "--recipe", "direct")
    (tmp_path / "odd" / "samples.parquet").write_bytes(b"none")
    assert "rows of Sample are expected" in error(tmp_path / "odd", "--recipe", "direct")
    (bare / "run.json").write_text("{")
    assert "is not readable" in error(bare, "--recipe", "direct")
    assert "--release" in error(run, "--release", "no/name")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            [*recipe_options("refiner-authors"), "--set", "refiner-authors.tree_no=-1"],
            "tree_no = -1: a number of at least 0",
        ),
        ([*recipe_options("self-rewarding"), "--set", "self-rewarding.valid=-1"], "valid = -1: a number of at least 0"),
        (
            [*recipe_options("meta-rewarding"), "--set", "meta-rewarding.valid=12"],
            "valid = 12: a number from 0 to scores = 11",
        ),
    ],
)
def test_settings_that_make_no_sense(options: list[str], message: str, run: Path, tmp_path: Path) -> None:
    result = pairs(run, *options, "--judge", "openai:m@http://127.0.0.1:1/v1", "--out", str(tmp_path / "o"))
    assert isinstance(result.exception, SparError) and message in str(result.exception)


def test_a_place_that_is_no_folder_and_facts_that_are_none(run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for options in (["--out", "file"], ["--out", "file/below"], ["--release", "r", "--out", "file"]):
        result = pairs(run, "--recipe", "spar", *options)
        assert isinstance(result.exception, SparError) and "this folder cannot be created" in str(result.exception)
    (run / "run.json").write_text(json.dumps({"settings": 5}))
    assert "'settings' should be an object" in str(pairs(run, "--out", str(tmp_path / "o")).exception)
