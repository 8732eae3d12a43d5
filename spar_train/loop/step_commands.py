"""The commands that a loop runs: the options they have, and how to start them as processes."""

from __future__ import annotations

import importlib
import shlex
import sys
from collections.abc import Sequence

import click

from spar_data.core.errors import SparError, nearest

TRAININGS = ("dpo", "sft", "rft")
PROGRAMS = {
    **dict.fromkeys(("selfplay", "pairs", "gold"), "spar-data"),
    **dict.fromkeys(TRAININGS, "spar-train"),
    **dict.fromkeys(("ifeval", "verifiable", "llmbar", "refinement"), "spar-eval"),
}
"""The program of each kind of step."""
HARMLESS = ("concurrency", "rpm", "tpm", "deadline", "attempts", "max-tokens-total", "max-cost", "batch", "workers")
"""Options that cannot change the result of a step."""
_RESERVED = ("out", "store", "actor", "model", "refiner", "recipe", "seed", "json", "dry-run", "release", "no-search")
_GROUPS = (*PROGRAMS, "train")
_MODULES = {"spar-data": "spar_data.cli.main", "spar-eval": "spar_eval.cli.main", "spar-train": "spar_train.cli.main"}


def split_override(text: str) -> tuple[str, str, str]:
    """(step, option, value) of STEP.OPTION=VALUE; `train` stands for dpo, sft and rft. Raises SparError."""
    left, equals, value = text.partition("=")
    step, dot, option = left.partition(".")
    if not (equals and dot and option) or step not in _GROUPS:
        raise SparError(
            f"--set {text}: STEP.OPTION=VALUE is expected, e.g. selfplay.samples=3; steps: {', '.join(sorted(_GROUPS))}"
        )
    return step, option.replace("_", "-"), value


def may_repeat(program: str, name: str, option: str) -> bool:
    """Whether an option may be given several times."""
    known = _options(program, name).get(option)
    return known is not None and known.multiple


def option_value(program: str, name: str, option: str, text: str) -> str | bool:
    """The value of an option; for a flag, true or false. Raises SparError."""
    known = _options(program, name).get(option)
    if known is None or not known.is_flag:
        return text
    if text not in ("true", "false"):
        raise SparError(f"--set {name}.{option}={text}: true or false is expected")
    return text == "true"


def check_option(program: str, name: str, option: str, text: str) -> None:
    """Raises SparError for an option that the command does not have, or that the loop sets itself."""
    known = _options(program, name)
    if option in _RESERVED:
        raise SparError(
            f"--set {text}: the loop sets --{option} itself; other options of `{program} {name}` are expected"
        )
    if option not in known:
        raise SparError(f"--set {text}: `{program} {name}` has no option --{option}.{nearest(option, known)}")


def check_command(argv: Sequence[str]) -> None:
    """Raises SparError for a command line that the command would refuse."""
    if argv[0] not in _MODULES:  # accelerate launch ... -m spar_train.cli.main ...
        argv = ("spar-train", *argv[argv.index(_MODULES["spar-train"]) + 1 :])
    program, name, *rest = argv
    try:
        _command(program, name).make_context(f"{program} {name}", list(rest))
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


def _options(program: str, name: str) -> dict[str, click.Option]:
    """The options of a command by their long names."""
    return {
        flag.removeprefix("--"): option
        for option in _command(program, name).params
        if isinstance(option, click.Option)
        for flag in option.opts
        if flag.startswith("--")
    }


def _command(program: str, name: str) -> click.Command:
    group: click.Group = importlib.import_module(_MODULES[program]).cli
    return group.commands[name]
