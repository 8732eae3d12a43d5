"""The command `spar-train`: its version and its list of commands."""

from __future__ import annotations

from click.testing import CliRunner

from spar_train.cli.main import cli


def test_help_lists_every_command() -> None:
    text = CliRunner().invoke(cli, ["--help"]).output
    for name in ("loop", "status", "report", "sft", "dpo", "rft", "plan", "config", "settings"):
        assert f"\n  {name} " in text
    for name in cli.commands:
        assert CliRunner().invoke(cli, [name, "--help"]).exit_code == 0
