"""`spar-data pairs` from the outside: tables, files, releases, and errors that say what to do."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from server import ScriptedServer
from stored_rows import prompts_file, run_folder, sample, sft_row, votes, world

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.core.files import sha256, write_parquet
from spar_data.core.records import frame
from spar_data.models import Message
from spar_data.release import publish
from spar_data.selfplay.records import Dialogue, Node, Pair, Sample
from spar_data.selfplay.run_folder import open_folder, rows

_ALL = ("spar", "direct", "rft", "refiner-paper", "refiner-authors")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    samples, nodes = world()
    file = prompts_file(tmp_path / "prompts", sorted({s.prompt for s in samples}))
    phases = {"respond": {"prompt_tokens": 100, "completion_tokens": 300, "usd": None, "seconds": 1.5}}
    source = {"path": str(file), "sha256": sha256(file)}
    return run_folder(
        tmp_path / "run", samples, nodes, source=source, phases=phases, models={"actor": "openai:x@http://h"}
    )


def _pairs(run: Path, *options: str) -> Result:
    return CliRunner().invoke(cli, ["pairs", str(run), *options], catch_exceptions=True)


def _ok(run: Path, *options: str) -> Result:
    result = _pairs(run, *options)
    assert result.exception is None, (result.output, result.exception)
    return result


def _recipes(*names: str) -> list[str]:
    return [part for name in names for part in ("--recipe", name)]


def test_rows_come_back_from_parquet_as_they_went_in(run: Path) -> None:
    samples, nodes = world()
    folder = open_folder(run)
    assert folder.samples(replies=True) == samples and folder.nodes(replies=True) == nodes
    assert all(not s.votes.replies for s in folder.samples()) and folder.seed == 7
    assert [s.votes.judgement for s in folder.samples()] == [s.votes.judgement for s in samples]
    assert rows(frame(samples[:2], Sample), Sample) == samples[:2]


def test_pairs_and_statistics_of_two_recipes(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs"
    result = _ok(run, *_recipes("spar", "direct"), "--format", "trl", "--out", str(out))
    told = result.output
    assert "spar: 1 row (dpo) from 2 trees" in told and "1  tree: no refinement with V > 0.5" in told
    assert "direct: 2 rows (dpo_direct) from 4 prompts, 9 responses" in told and "1  prompt: no Yes" in told
    assert "similarity of sides (characters)" in told
    assert "in common (spar, direct): 1 prompts, 1 rejected, 0 chosen" in told
    spar = rows(pl.read_parquet(out / "dpo.parquet"), Pair)
    assert [p.chosen for p in spar] == ["a bee today"] and len(pl.read_parquet(out / "dpo_direct.parquet")) == 2
    assert (out / "trl" / "dpo.jsonl").is_file() and not (out / "llama-factory").exists()
    summary = json.loads((out / "statistics.json").read_text())
    printed = json.loads(_ok(run, *_recipes("spar", "direct"), "--json", "--out", str(out)).stdout)
    assert {k: printed[k] for k in summary} == summary
    assert summary["statistics"]["spar"]["pairs"] == 1 and summary["recipes"]["spar"]["started"] == {"trees": 2}


def test_settings_and_seed(run: Path, tmp_path: Path) -> None:
    result = _ok(run, "--recipe", "spar", "--set", "spar.above=0.95", "--out", str(tmp_path / "o"), "--json")
    assert json.loads(result.stdout)["statistics"]["spar"]["chosen_value"] == 1.0
    for option, words in (
        ("spar.abov=1", "Did you mean 'above'"),
        ("spar.above=no", "float is expected"),
        ("direct.pairs=2", "unknown key 'direct'. Known: spar, release"),
        ("release.licence=mit", "Did you mean 'license'"),
    ):
        error = _pairs(run, "--recipe", "spar", "--set", option, "--out", str(tmp_path / "x")).exception
        assert isinstance(error, SparError) and words in str(error), (option, error)
    assert not (tmp_path / "x").exists()


def test_spin_needs_and_takes_an_sft_set(run: Path, tmp_path: Path) -> None:
    error = _pairs(run, "--recipe", "spin", "--out", "o").exception
    assert isinstance(error, SparError) and "--add FILE" in str(error)
    write_parquet(tmp_path / "actor_sft.parquet", frame([sft_row("p1", "gold")], Dialogue))
    _ok(run, "--recipe", "spin", "--add", str(tmp_path / "actor_sft.parquet"), "--out", str(tmp_path / "o"))
    assert pl.read_parquet(tmp_path / "o" / "dpo_spin.parquet")["chosen"].to_list() == ["gold"]
    assert len(pl.read_parquet(tmp_path / "o" / "actor_sft.parquet")) == 1
    _ok(run, "--out", str(tmp_path / "spar"))
    (tmp_path / "spar" / "dpo.parquet").rename(tmp_path / "pairs.parquet")
    write_parquet(tmp_path / "dpo.parquet", frame([sft_row("p1", "gold")], Dialogue))
    refused = _pairs(run, "--add", str(tmp_path / "dpo.parquet"), "--out", "o")
    assert refused.exit_code == 2 and "none of" in refused.output
    result = _ok(run, "--add", f"more={tmp_path / 'pairs.parquet'}", "--out", str(tmp_path / "m"), "--json")
    assert json.loads(result.stdout)["statistics"]["more"]["pairs"] == 1


def test_scores_are_planned_asked_and_told(run: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda prompt, nth: "Winner: A" if "Judgement A" in prompt else f"Score: {len(prompt) % 6}")
    spec = ("--judge", f"openai:tiny@{server.url}", "--store", str(tmp_path / "s.sqlite"), "--out", str(tmp_path / "o"))
    planned = _ok(run, *_recipes("meta-rewarding"), *spec, "--dry-run").output
    assert "7 calls for 77 samples" in planned and "at most 110 comparisons" in planned and not server.calls
    told = _ok(run, *_recipes("meta-rewarding", "self-rewarding"), *spec).output
    assert "score: " in told and server.calls and "meta-rewarding: " in told
    assert set(pl.read_parquet(tmp_path / "o" / "dpo_meta_rewarding.parquet")["recipe"]) == {"meta-rewarding"}
    assert "No calls" in _ok(run, "--out", "x", "--dry-run").output and not Path("x").exists()


def test_errors_say_what_to_do(run: Path, tmp_path: Path) -> None:
    def error(folder: Path, *options: str) -> str:
        found = _pairs(folder, *options, "--out", str(tmp_path / "x"))
        assert isinstance(found.exception, SparError), found.output
        return str(found.exception)

    assert "no samples.parquet" in error(tmp_path / "nowhere")
    assert "Did you mean 'direct'" in error(run, "--recipe", "dirct")
    assert "spar-data gold" in error(run, "--recipe", "star")
    samples, nodes = world()
    bare = run_folder(tmp_path / "bare", samples, None)
    assert "no trees.parquet" in error(bare, "--recipe", "spar")
    assert "name it with --judge" in error(bare, "--recipe", "self-rewarding")
    lost = run_folder(tmp_path / "lost", samples, nodes[6:])
    told = error(lost, "--recipe", "spar")
    assert "no row is left" in told and "spar: 1 tree: no refinement with V > 0.5" in told
    assert "holds no trees" in error(run_folder(tmp_path / "empty", samples, []), "--recipe", "spar")
    write_parquet(tmp_path / "odd" / "samples.parquet", pl.DataFrame({"id": ["a"]}))
    assert "column 'prompt_id' is missing" in error(tmp_path / "odd", "--recipe", "direct")
    (tmp_path / "odd" / "samples.parquet").write_bytes(b"none")
    assert "rows of Sample are expected" in error(tmp_path / "odd", "--recipe", "direct")
    (bare / "run.json").write_text("{")
    assert "not JSON" in error(bare, "--recipe", "direct")
    assert "--release" in error(run, "--release", "no/name")
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            Dialogue("i", "actor", "x", "p", [Message("user", "q")], "", []),
            "a prompt that ends with a message of the user",
        ),
        (Dialogue("i", "actor", "x", "p", [Message("user", "q"), Message("assistant", " ")], "", []), "expected last"),
        (Pair("i", "x", "p", [Message("user", "q")], "same", "same ", None, None, []), "two different sides"),
        (Pair("i", "x", "p", [Message("user", "q")], "", "other", None, None, []), "two different sides"),
        (Pair("i", "x", "p", [], "one", "other", None, None, []), "a prompt that ends with"),
    ],
)
def test_added_rows_that_teach_nothing_are_refused(row: Any, said: str, run: Path, tmp_path: Path) -> None:
    write_parquet(tmp_path / "mine.parquet", frame([row], type(row)))
    result = _pairs(run, "--recipe", "spar", "--add", "mine.parquet", "--out", str(tmp_path / "o"))
    assert isinstance(result.exception, SparError) and not (tmp_path / "o").exists()
    assert "mine.parquet: row 1: " in str(result.exception) and said in str(result.exception)


@pytest.mark.parametrize("column", ["prompt", "response", "votes"])
def test_nulls_are_named(column: str, run: Path, tmp_path: Path) -> None:
    found = pl.read_parquet(run / "samples.parquet")
    here = pl.when(pl.int_range(pl.len()) != 2).then(pl.col(column)).alias(column)
    write_parquet(run / "samples.parquet", found.with_columns(here))
    result = _pairs(run, "--recipe", "refiner-paper", "--out", str(tmp_path / "o"))
    assert isinstance(result.exception, SparError) and not (tmp_path / "o").exists()
    assert f"samples.parquet: row 3: '{column}' is null" in str(result.exception)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([*_recipes("refiner-authors"), "--set", "refiner-authors.tree_no=-1"], "tree_no = -1: a number of at least 0"),
        ([*_recipes("self-rewarding"), "--set", "self-rewarding.valid=-1"], "valid = -1: a number of at least 0"),
        (
            [*_recipes("meta-rewarding"), "--set", "meta-rewarding.valid=12"],
            "valid = 12: a number from 0 to scores = 11",
        ),
    ],
)
def test_settings_that_make_no_sense(options: list[str], said: str, run: Path, tmp_path: Path) -> None:
    result = _pairs(run, *options, "--judge", "openai:m@http://127.0.0.1:1/v1", "--out", str(tmp_path / "o"))
    assert isinstance(result.exception, SparError) and said in str(result.exception)


def test_a_place_that_is_no_folder_and_facts_that_are_none(run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for options in (["--out", "file"], ["--out", "file/below"], ["--release", "r", "--out", "file"]):
        result = _pairs(run, "--recipe", "spar", *options)
        assert isinstance(result.exception, SparError) and "this folder cannot be made" in str(result.exception)
    (run / "run.json").write_text(json.dumps({"settings": 5}))
    assert "'settings' should be an object" in str(_pairs(run, "--out", str(tmp_path / "o")).exception)


def test_a_release_that_fails_leaves_nothing(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spar_data.selfplay.release.write.overview", lambda *arguments: 1 / 0)
    result = _pairs(run, "--recipe", "spar", "--release", "r", "--out", str(tmp_path / "releases"))
    assert isinstance(result.exception, ZeroDivisionError) and not list((tmp_path / "releases").iterdir())


def test_a_recipe_without_rows_is_told_beside_others(run: Path, tmp_path: Path) -> None:
    samples = [sample("p", i, f"text {i}", votes(5, 0)) for i in range(3)]
    result = _ok(run_folder(tmp_path / "all", samples, []), *_recipes("direct", "rft"), "--out", str(tmp_path / "o"))
    assert "direct: 0 rows" in result.output and "prompt: no No" in result.output
    assert not (tmp_path / "o" / "dpo_direct.parquet").exists() and (tmp_path / "o" / "actor_rft.parquet").is_file()


def _release(run: Path, out: Path) -> Path:
    formats = [part for name in ("trl", "llama-factory", "axolotl", "jsonl") for part in ("--format", name)]
    name = ("--release", "tiny-selfplay-1.2.0", "--set", "release.repository=me/tiny")
    _ok(run, *_recipes(*_ALL), *formats, *name, "--out", str(out))
    return out / "tiny-selfplay-1.2.0"


def test_a_release_is_whole_and_loads(run: Path, tmp_path: Path) -> None:
    folder = _release(run, tmp_path / "releases")
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
    trees = rows(pl.read_parquet(folder / "data" / "trees.parquet"), Node)
    assert trees == world()[1]
    datasets = pytest.importorskip("datasets")
    for config, number in (("dpo", 1), ("dpo_direct", 2), ("rft", manifest["files"]["data/rft.parquet"]["rows"])):
        loaded = datasets.load_dataset(str(folder), config, split="train", cache_dir=str(tmp_path / "cache"))
        assert len(loaded) == number


def test_the_card_says_what_was_measured(run: Path, tmp_path: Path) -> None:
    folder = _release(run, tmp_path / "releases")
    hub = pytest.importorskip("huggingface_hub")
    card = hub.DatasetCard.load(folder / "README.md")
    assert [c["config_name"] for c in card.data.configs][:2] == ["dpo", "dpo_direct"]
    assert card.data.configs[0]["default"] is True and card.data.license == "apache-2.0"
    manifest = json.loads((folder / "manifest.json").read_text())
    for text in (
        "| similarity of sides (characters) | 0.688 | ",
        "In common (spar, direct): 1 prompts, 1 rejected and 0 chosen sides.",
        "| spar: trees | 2 | 1 | 1 | 0 |",
        "2 trees searched, 1 of them (50.0%) with a refined response",
        f"| accuracy | {manifest['calibration']['accuracy']:.3f} |",
        "Made by rules, not by a model: constraints of the prompts: composed by code.",
        "wrote 300 tokens",
        manifest["files"]["data/dpo.parquet"]["sha256"],
        "tiny-1.0.0",
    ):
        assert text in card.text, text


def test_equal_runs_make_equal_bytes(run: Path, tmp_path: Path) -> None:
    one, other = _release(run, tmp_path / "a"), _release(run, tmp_path / "b")
    names = sorted(p.relative_to(one).as_posix() for p in one.rglob("*") if p.is_file())
    assert names == sorted(p.relative_to(other).as_posix() for p in other.rglob("*") if p.is_file()) and len(names) > 20
    for name in names:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    assert _release(run, tmp_path / "a") == one  # an older folder of that name is replaced


def test_a_release_says_what_rules_made_beside_models(run: Path, tmp_path: Path) -> None:
    samples, nodes = world()
    made = [dataclasses.replace(n, refiner="rules") if n.text == "a bee today" else n for n in nodes]
    search = {"refiner": {"name": "tiny-refiner"}, "rules_first": True}
    settings = {"seed": 7, "judge": {"name": "j", "votes": 5}, "min_valid": 0, "exact_vote": "also", "search": search}
    folder = _release(run_folder(tmp_path / "both", samples, made, settings=settings), tmp_path / "releases")
    assert json.loads((folder / "manifest.json").read_text())["rules"] == [
        "of verdicts a part: the checkers beside the judge (one more vote)",
        "of refined responses a part: the first child of a node is the smallest edit by code",
        "1 refined responses made by rules (set dpo)",
        "1 refine replies made by rules (set rft)",
        "1 refine replies made by rules (set rft_authors)",
    ]


def test_the_system_prompt_of_the_run_stands_in_the_actors_rows_alone(run: Path, tmp_path: Path) -> None:
    facts = json.loads((run / "run.json").read_text())
    facts["settings"] = {**facts.get("settings", {}), "sampling": {"system": "Be brief."}}
    (run / "run.json").write_text(json.dumps(facts))
    _ok(run, *_recipes("spar", "direct", "rft", "refiner-paper"), "--out", str(tmp_path / "out"))
    for name in ("dpo", "dpo_direct", "actor_rft", "rft"):
        rows = pl.read_parquet(tmp_path / "out" / f"{name}.parquet").to_dicts()
        first = {(row.get("prompt") or row["messages"])[0]["content"] for row in rows}
        assert rows and ("Be brief." in first) == (name != "rft"), name
        assert name == "rft" or first == {"Be brief."}
