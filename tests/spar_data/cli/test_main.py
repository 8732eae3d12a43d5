"""The commands print what they promise."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from spar_data.cli.main import cli


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
