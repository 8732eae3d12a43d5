"""`spar-train plan`: text, JSON and exit status."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner
from tiny_config import TINY

from spar_train.cli.main import cli
from spar_train.planning.shape import shape_of_config


def test_command(tmp_path: Path) -> None:
    """Text and JSON; what does not fit is status 2 with a way out that is right."""
    run = CliRunner()
    args = ["plan", "--model", "llama-3-8b", "--stage", "dpo", "--gpu", "h100", "--gpus", "8"]
    done = run.invoke(cli, [*args, "--sharded", "--tokens-per-batch", "4096"])
    assert done.exit_code == 0, done.output
    assert "8,030,261,248 parameters" in done.output and "usable: fits" in done.output
    done = run.invoke(cli, [*args, "--json"])
    plain = json.loads(done.output)
    assert done.exit_code == 2 and not plain["fits"]
    again = run.invoke(cli, [*args, *(word for option in plain["change"] for word in option.split())])
    assert again.exit_code == 0, again.output
    (tmp_path / "config.json").write_text(json.dumps(TINY), encoding="utf-8")
    done = run.invoke(cli, ["plan", "--model", str(tmp_path), "--stage", "sft", "--gpu-memory", "8"])
    assert done.exit_code == 0 and f"{shape_of_config(TINY).parameters:,} parameters" in done.output
