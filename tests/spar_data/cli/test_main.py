"""The group of commands: every command explains itself with an example."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from spar_data.cli.main import cli


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_help_has_an_example(command: str) -> None:
    result = CliRunner().invoke(cli, [command, "--help"])
    assert result.exit_code == 0 and "Example" in result.output
