"""What the checkers of public benchmarks have in common: their kwargs, and responses that none of them looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, get_type_hints

from spar_data.constraints.verdict import LONGEST, NOT_CHECKED, Verdict
from spar_data.core.errors import SparError, nearest

Instructions = Mapping[str, Callable[..., Verdict]]


def parameters(instructions: Instructions, name: str) -> Mapping[str, object]:
    """The parameters of an instruction by name, each with its type. All of them are required."""
    if name not in instructions:
        raise SparError(f"Unknown instruction '{name}'.{nearest(name, instructions)}")
    return _hints(instructions[name])


def complete(
    instructions: Instructions, name: str, kwargs: Mapping[str, Any], value: Callable[[str, Any, object], Any]
) -> dict[str, Any]:
    """The kwargs without nulls. Raises SparError unless they are exactly the parameters of the instruction.

    value: takes a parameter's name, value and type, and gives the value to use or raises SparError. Official code
    replaces what is missing or out of range by random values.
    """
    known = parameters(instructions, name)
    given = {key: each for key, each in kwargs.items() if each is not None}
    for key in given:
        if key not in known:
            takes = nearest(key, known) if known else " It takes none."
            raise SparError(f"'{name}' has no parameter '{key}'.{takes}")
    for key, kind in known.items():
        if key not in given:
            raise SparError(f"'{name}' needs the parameter '{key}'")
        given[key] = value(key, given[key], kind)
    return given


def unchecked(response: str) -> Verdict | None:
    """The verdict on a response that is empty or too long to look at."""
    if not response.strip():
        return Verdict(False, "empty response")
    if len(response) > LONGEST:
        return Verdict(False, f"{NOT_CHECKED}{len(response):,} characters, more than {LONGEST:,}")
    return None


@cache
def _hints(checker: Callable[..., Verdict]) -> dict[str, object]:
    hints = get_type_hints(checker)
    return {key: kind for key, kind in hints.items() if key not in ("response", "return")}
