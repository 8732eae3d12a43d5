"""The commands that a loop runs: what options they take, and how a process of them is started."""

from __future__ import annotations

import importlib
import shlex
import sys
from collections.abc import Sequence

import click

from spar_data.core.errors import SparError, nearest

_MODULES = {"spar-data": "spar_data.cli.main", "spar-eval": "spar_eval.cli.main", "spar-train": "spar_train.cli.main"}
OWN = ("out", "store", "actor", "model", "refiner", "recipe", "seed", "json", "dry-run", "release", "no-search")
HARMLESS = ("concurrency", "rpm", "tpm", "deadline", "attempts", "max-tokens-total", "max-cost", "batch", "workers")


def options(program: str, name: str) -> dict[str, click.Option]:
    """The options of a command by their long names."""
    found = {}
    for each in _command(program, name).params:
        if isinstance(each, click.Option):
            for text in each.opts:
                if text.startswith("--"):
                    found[text.removeprefix("--")] = each
    return found


def _command(program: str, name: str) -> click.Command:
    group: click.Group = importlib.import_module(_MODULES[program]).cli
    return group.commands[name]


def repeats(program: str, name: str, option: str) -> bool:
    """Whether an option may be given several times."""
    known = options(program, name).get(option)
    return known is not None and known.multiple


def flag(program: str, name: str, option: str, value: str) -> str | bool:
    """The value; true or false of an option that takes none. Raises SparError."""
    known = options(program, name).get(option)
    if known is None or not known.is_flag:
        return value
    if value not in ("true", "false"):
        raise SparError(f"--set {name}.{option}={value}: true or false is expected")
    return value == "true"


def check_option(program: str, name: str, option: str, text: str) -> None:
    """Raises SparError for an option that the command lacks, or that the loop decides itself."""
    known = options(program, name)
    if option in OWN:
        raise SparError(
            f"--set {text}: the loop gives --{option} itself; other options of `{program} {name}` are expected"
        )
    if option not in known:
        raise SparError(f"--set {text}: `{program} {name}` has no option --{option}.{nearest(option, known)}")


def check_command(argv: Sequence[str]) -> None:
    """Raises SparError for a command line that would be refused as it begins."""
    program, name, *rest = (
        argv if argv[0] in _MODULES else ("spar-train", *argv[argv.index("spar_train.cli.main") + 1 :])
    )
    try:
        _command(program, name).make_context(f"{program} {name}", list(rest))
    except click.ClickException as error:
        raise SparError(f"`{program} {name}`: {error.format_message()}") from None


def process(argv: Sequence[str]) -> list[str]:
    """The command line that runs it with this very Python."""
    program, *rest = argv
    if program == "accelerate":
        return [sys.executable, "-m", "accelerate.commands.accelerate_cli", *rest]
    code = f"import sys; sys.argv[0] = {program!r}; from {_MODULES[program]} import main; main()"
    return [sys.executable, "-c", code, *rest]


def shown(argv: Sequence[str]) -> str:
    """The command as it can be typed."""
    return shlex.join(argv)
