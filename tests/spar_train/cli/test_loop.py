"""`spar-train loop`: what a dry run prints."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from spar_train.cli.main import cli

SPAR = ["--actor", "smollm2", "--refiner", "smollm2", "--refiner", "rules", "--judge", "rules", "--eval", "none"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["loop", *arguments, "--dry-run"])


def test_dry_run_prints_every_command_and_writes_nothing(prompts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = run(str(prompts), *SPAR, "--iterations", "2", "--per-iteration", "5", "--out", str(out))
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("spar-")] == ["selfplay", "pairs", "dpo", "rft"] * 2
    assert "prompts: 80, 5 an iteration; evaluated on nothing" in found.output
    assert not out.exists()
    stdout = json.loads(run(str(prompts), *SPAR, "--json", "--out", str(out)).output)
    assert [each["step"] for each in stdout["steps"]][:2] == ["iteration-1/selfplay", "iteration-1/pairs"]
    assert stdout["prompts"]["prompts"] == 80


def test_help_and_missing_options(prompts: Path) -> None:
    text = " ".join(CliRunner().invoke(cli, ["loop", "--help"]).output.split())
    assert "smollm2. [required]" in text and "--engine [hf|vllm]" in text
    assert "Missing option '--actor'" in run(str(prompts), "--out", "o").output
    for option in ("--limit", "--per-iteration"):
        assert "0 is not in the range x>=1" in run(str(prompts), *SPAR, option, "0", "--out", "o").output
