"""`spar-eval followbench`: options and output; scores are in benchmarks/followbench/test_run.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from followbench_rows import content_rows, example_rows, write_files

from spar_data.core.errors import SparError
from spar_eval.cli.main import cli


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """Scores responses that are given by rules alone."""
    data = write_files(tmp_path / "data", content=content_rows(), example=example_rows())
    answers = [{"prompt": row["instruction"], "response": "Bot: fine"} for row in example_rows()]
    (tmp_path / "answers.jsonl").write_text("\n".join(map(json.dumps, answers)))
    return ["followbench", "--data", str(data), "--responses", str(tmp_path / "answers.jsonl"), "--rules-only",
            "--out", str(tmp_path / "out"), "--store", str(tmp_path / "store.sqlite")]  # fmt: skip


def test_scores_signature_and_page_are_printed(command: list[str], tmp_path: Path) -> None:
    output = CliRunner().invoke(cli, command).output
    assert output.startswith("HSR") and "|checker:official|model:answers.jsonl|" in output
    assert output.rstrip().endswith("out/report.html") and not (tmp_path / "store.sqlite").exists()
    plain = json.loads(CliRunner().invoke(cli, [*command, "--checker", "fixed", "--json"]).output)
    assert plain["calls"] == {} and plain["settings"]["checker"] == "fixed"


def test_a_dry_run_of_given_responses_asks_nothing(command: list[str], tmp_path: Path) -> None:
    assert json.loads(CliRunner().invoke(cli, [*command, "--dry-run", "--json"]).output) == []
    assert not (tmp_path / "out").exists()


def test_judge_or_rules_only(command: list[str]) -> None:
    run = CliRunner().invoke(cli, [*command, "--judge", "smollm2"])
    assert isinstance(run.exception, SparError) and "one of --judge SPEC and --rules-only" in str(run.exception)
    assert CliRunner().invoke(cli, [*command, "--votes", "0"]).exit_code == 2
