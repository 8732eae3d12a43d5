"""`spar-eval refinement`: options and output; scores are in benchmarks/refinement/test_run.py."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from failing_rows import failing, write_rows

from spar_data.core.errors import SparError
from spar_eval.cli.main import cli

_MODEL = "openai:m@http://127.0.0.1:9/v1"


def test_options_of_the_config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = ["refinement", "--data", str(write_rows(failing("r1"), failing("r2"))), "--model", _MODEL, "--judge", "self",
               "--dry-run", "--json"]  # fmt: skip
    plans = json.loads(CliRunner().invoke(cli, [*command, "--decoding", "best-of-n", "--samples", "4"]).output)
    assert [(plan["phase"], plan["calls"], plan["samples"]) for plan in plans] == [
        ("refine", 2, 8), ("guide", 8, 40), ("judge", 2, 20),
    ]  # fmt: skip
    run = CliRunner().invoke(cli, [*command, "--decoding", "bfs", "--temperature", "0"])
    assert isinstance(run.exception, SparError) and "makes all samples of bfs the same" in str(run.exception)


def test_help_names_the_default_that_depends_on_the_decoding() -> None:
    output = " ".join(CliRunner().invoke(cli, ["refinement", "--help"]).output.split())
    assert "[default: 0; best-of-n and trees: 0.7]" in output and "[default: no limit]" in output
