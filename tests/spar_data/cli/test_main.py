"""The group of commands: every command explains itself with an example."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from spar_data.cli.main import cli


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(cli, [command, "--help"])
    assert result.exit_code == 0 and "Example" in result.output


def test_commands_load_nothing_heavy_before_they_run() -> None:
    heavy = ("numpy", "polars", "numba", "openai", "torch", "transformers", "matplotlib")
    code = f"import sys, spar_data.cli.main; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
