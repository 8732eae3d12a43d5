"""`spar-eval llmbar`: options and output; scores are in benchmarks/llmbar/test_run.py."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from llmbar_rows import write_pairs

from spar_eval.cli.main import cli


def test_options_of_the_config(tmp_path: Path) -> None:
    data = write_pairs(tmp_path / "data")
    command = ["llmbar", "--data", str(data), "--judge", "openai:m@http://127.0.0.1:9/v1", "--dry-run", "--json",
               "--store", str(tmp_path / "store.sqlite")]  # fmt: skip
    plan = json.loads(CliRunner().invoke(cli, command).output)
    assert (plan["calls"], plan["samples"]) == (36, 180)
    more = ["--mode", "pairwise", "--votes", "1", "--subset", "Natural", "--subset", "Manual", "--limit", "2"]
    plan = json.loads(CliRunner().invoke(cli, [*command, *more]).output)
    assert (plan["calls"], plan["samples"]) == (8, 8)


def test_help_names_defaults() -> None:
    output = " ".join(CliRunner().invoke(cli, ["llmbar", "--help"]).output.split())
    assert "--mode [pointwise|pairwise|both]" in output and "[default: all five]" in output
