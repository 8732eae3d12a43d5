"""The chain end to end: exact counts, equal bytes, resumption, a model teacher, and what loads the release."""

from __future__ import annotations

import itertools
import json
import re
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from server import Reply, ScriptedServer

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.prompts.build import build, build_seeds, estimate_cost
from spar_data.prompts.ledger import STAGES, funnel
from spar_data.prompts.recipe import load_recipe
from spar_data.prompts.row_history import explain
from spar_data.prompts.run_folder import RunFolder
from spar_data.release.publish import plan_upload


@pytest.fixture(autouse=True)
def no_benchmarks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SPAR_BENCHMARKS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(run folder, release folder) of the default recipe."""
    root = tmp_path_factory.mktemp("mini")
    run = RunFolder(root / "run")
    return run.folder, build(load_recipe("mini"), run, root / "releases").path


def test_the_funnel_adds_up(built: tuple[Path, Path]) -> None:
    steps = funnel(built[0])
    assert [s.stage for s in steps] == list(STAGES)
    assert steps[0].entered >= 2000
    for before, after in itertools.pairwise(steps):
        assert after.entered == before.kept
    for step in steps:
        assert step.kept + step.dropped + step.failed == step.entered
        assert sum(n for _, n in step.reasons) == step.dropped + step.failed
    by_stage = {s.stage: s for s in steps}
    for stage in ("duplicate", "length", "keyword", "language", "self-bleu", "evolve"):
        assert by_stage[stage].dropped > 0, f"the embedded source has nothing that {stage} drops"
    files = json.loads((built[1] / "manifest.json").read_text())["files"]
    assert files["data/prompts.parquet"]["rows"] == steps[-1].kept
    assert files["data/seeds.parquet"]["rows"] == by_stage["self-bleu"].kept


def test_two_builds_are_equal_byte_for_byte(built: tuple[Path, Path], tmp_path: Path) -> None:
    again = build(load_recipe("mini"), RunFolder(tmp_path / "run"), tmp_path).path
    for name in ("data/prompts.parquet", "data/seeds.parquet", "README.md", "manifest.json"):
        assert (built[1] / name).read_bytes() == (again / name).read_bytes(), name


def test_a_second_build_uses_what_is_there(built: tuple[Path, Path]) -> None:
    said: list[str] = []
    build(load_recipe("mini"), RunFolder(built[0], said.append), built[1].parent)
    assert [line.split(":")[0] for line in said] == ["candidates", "seeds", "evolved", "prompts"]


def test_release_loads_in_datasets_and_polars(built: tuple[Path, Path], tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    frame = pl.read_parquet(built[1] / "data" / "prompts.parquet")
    loaded = datasets.load_dataset(str(built[1]), split="train", cache_dir=str(tmp_path))
    assert loaded.num_rows == len(frame) and loaded[0]["prompt"] == frame["prompt"][0]
    assert loaded[0]["constraints"][0]["leaf"] == frame["constraints"][0][0]["leaf"]
    assert datasets.load_dataset(str(built[1]), "seeds", split="train", cache_dir=str(tmp_path)).num_rows > len(frame)


def test_card_header_is_valid_for_the_hub(built: tuple[Path, Path]) -> None:
    hub = pytest.importorskip("huggingface_hub")
    card = hub.DatasetCard.load(built[1] / "README.md")
    assert card.data.license == "apache-2.0" and "en" in card.data.language
    assert card.data.size_categories == ["1K<n<10K"]
    assert [c["config_name"] for c in card.data.configs] == ["prompts", "seeds"]
    assert "| self-bleu |" in card.text and "Not checked" in card.text


def test_why_follows_a_row_to_the_one_that_caused_its_drop(built: tuple[Path, Path]) -> None:
    ledger = pl.read_parquet(built[0] / "ledger" / "05-self-bleu" / "*.parquet").filter(pl.col("status") == "dropped")
    row = ledger.row(0, named=True)
    lines = explain(built[0], row["id"])
    assert [line["stage"] for line in lines] == ["read", "duplicate", "length", "keyword", "language", "self-bleu"]
    assert lines[-1]["cause_text"].startswith(row["cause"]) and len(lines[-1]["cause_text"]) > 25
    prompt = pl.read_parquet(built[0] / "prompts.parquet").row(0, named=True)
    for name in (prompt["id"], prompt["seed_id"]):
        assert [line["stage"] for line in explain(built[0], name)][-2:] == ["evolve", "decontaminate"]


def _teacher(prompt: str, nth: int) -> Reply | str | int:
    seed = re.search(r"The prompt:\n\[\[start\]\](.*?)\[\[end\]\]", prompt, re.DOTALL)
    assert seed
    text = seed[1]
    if "poem" in text:
        return "None"
    if len(text) % 7 == 0:
        return "no markers here"
    return 400 if len(text) % 11 == 0 and nth == 1 else f"[[start]]{text} Use no commas.[[end]]"


def test_a_model_teacher_end_to_end(tmp_path: Path) -> None:
    server = ScriptedServer(_teacher)
    try:
        recipe = load_recipe("mini", [f"evolve.teacher=openai:m@{server.url}", "source.limit=150", "name=taught"])
        run = RunFolder(tmp_path / "run")
        build_seeds(recipe, run)
        planned = estimate_cost(recipe, run)
        assert planned.calls == planned.seeds > 100 and planned.usd is None and not server.calls
        build(recipe, run, tmp_path)
        first = {s.stage: s for s in funnel(run.folder)}["evolve"]
        assert first.failed > 0 and first.kept > 50
        assert {"unparsable: no [[start]]"} <= {reason for reason, _ in first.reasons}
        folder = build(recipe, run, tmp_path).path  # asks only for what failed
        second = {s.stage: s for s in funnel(run.folder)}["evolve"]
        assert second.failed == 0 and second.kept == first.kept + first.failed
        assert sum(server.calls.values()) == first.entered + first.failed
    finally:
        server.close()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["tokens"] == {"prompt": 7 * second.entered, "completion": 3 * second.entered, "usd": None}
    rows = pl.read_parquet(folder / "data" / "prompts.parquet")
    assert set(rows["teacher"]) == {f"openai:m@{server.url}"} and rows["constraints"].list.len().sum() == 0


def test_publish_checks_and_lists(built: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(SparError, match="OWNER/NAME"):
        plan_upload(built[1])
    names = [name for name, _ in plan_upload(built[1], "me/set").files]
    assert names == ["README.md", "data/prompts.parquet", "data/seeds.parquet", "manifest.json", "overview.png"]
    with pytest.raises(SparError, match="not a release"):
        plan_upload(tmp_path, "me/set")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("self_bleu.treshold=0.5", "Did you mean 'threshold'"),
        ("self_bleu.threshold=5", "self_bleu.threshold = 5"),
        ("length.max_chars=many", "'length.max_chars' = 'many': int is expected"),
        ("evolv.teacher=rules", "Did you mean 'evolve'"),
        ("seed", "key=value is expected"),
        ("decontaminate.ngram=2", "decontaminate.ngram = 2"),
        ("length.max_chars=3", "--set: length.min_chars = 16, max_chars = 3"),
        ("length.max_tokens=70000", "length.max_tokens = 70000: a number from 0 to 65535"),
        ("self_bleu.mode=pair", "self_bleu.mode = 'pair' is not known. Did you mean 'pairwise'"),
        ("evolve.max_extra=7", "evolve.max_extra = 7"),
        ("source.limit=-1", "source.limit = -1"),
        ('language.allow=["english"]', "language.allow holds 'english'"),
    ],
)
def test_wrong_overrides_name_the_key(override: str, message: str) -> None:
    with pytest.raises(SparError, match=re.escape(message)):
        load_recipe("mini", [override])


def test_overrides_make_another_dataset() -> None:
    plain, changed = load_recipe("mini"), load_recipe("mini", ["self_bleu.threshold=0.6"])
    assert plain.name == "spar-mini" and changed.name.startswith("spar-mini-") and changed.self_bleu.threshold == 0.6
    assert load_recipe("mini", ["self_bleu.threshold=0.5"]).name == "spar-mini"  # the value it has already
    assert load_recipe("spar-43k").evolve.teacher == "openai:gpt-4o-mini-2024-07-18"


def _run(*arguments: Any) -> Any:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def test_commands_print_what_they_promise(built: tuple[Path, Path]) -> None:
    assert "self-bleu" in _run("funnel", built[0]).output
    assert json.loads(_run("funnel", built[0], "--json").output)[0]["stage"] == "read"
    assert "63 leaves" in _run("taxonomy").output
    assert "not together with" in _run("taxonomy", "--leaf", "content.keyword.include").output
    assert "threshold = 0.5" in _run("recipes", "mini").output
    assert "manifest.json" in _run("publish", built[1], "--repository", "me/set", "--dry-run").output
    for command in cli.commands:
        assert "Example" in _run(command, "--help").output, command


def test_user_errors_have_status_2_and_no_traceback(tmp_path: Path) -> None:
    import subprocess

    for arguments in (["funnel", "nowhere"], ["dataset", "--set", "x=1"], ["taxonomy", "--leaf", "x"], ["frobnicate"]):
        done = subprocess.run(
            [sys.executable, "-m", "spar_data.cli.main", *arguments], capture_output=True, text=True, cwd=tmp_path
        )
        assert done.returncode == 2 and "Error" in done.stderr and "Traceback" not in done.stderr, done.stderr
