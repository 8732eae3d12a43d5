"""The commands of a loop: checked before the loop begins, and started as processes."""

from __future__ import annotations

import importlib
import shlex
import sys
from collections.abc import Sequence

import click

from spar_data.core.errors import SparError

_MODULES = {"spar-data": "spar_data.cli.main", "spar-eval": "spar_eval.cli.main", "spar-train": "spar_train.cli.main"}


def check_command(argv: Sequence[str]) -> None:
    """Raises SparError for a command line that the command would refuse."""
    if argv[0] not in _MODULES:  # accelerate launch ... -m spar_train.cli.main ...
        argv = ("spar-train", *argv[argv.index(_MODULES["spar-train"]) + 1 :])
    program, name, *rest = argv
    group: click.Group = importlib.import_module(_MODULES[program]).cli
    try:
        group.commands[name].make_context(f"{program} {name}", list(rest))
    except click.ClickException as error:
        raise SparError(f"`{program} {name}`: {error.format_message()}") from None


def process_command(argv: Sequence[str]) -> list[str]:
    """The command line that runs a command with this Python."""
    program, *rest = argv
    if program == "accelerate":
        return [sys.executable, "-m", "accelerate.commands.accelerate_cli", *rest]
    code = f"import sys; sys.argv[0] = {program!r}; from {_MODULES[program]} import main; main()"
    return [sys.executable, "-c", code, *rest]


def command_line(argv: Sequence[str]) -> str:
    """A command as text that a shell understands."""
    return shlex.join(argv)
