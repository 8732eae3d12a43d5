"""What the checkers of IFEval and IFBench share: validation of kwargs, and responses that no checker reads."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import NewType, get_type_hints

from spar_data.constraints.verdict import LONGEST, NOT_CHECKED, Verdict
from spar_data.core.errors import SparError, nearest
from spar_data.core.files import JsonValue

Instructions = Mapping[str, Callable[..., Verdict]]

Ordinal = NewType("Ordinal", int)
"""A position, counted from 1."""


def parameters(instructions: Instructions, name: str) -> Mapping[str, object]:
    """Returns the parameters of an instruction with their types. All of them are required."""
    if name not in instructions:
        raise SparError(f"Unknown instruction '{name}'.{nearest(name, instructions)}")
    return _hints(instructions[name])


def complete(instructions: Instructions, name: str, kwargs: Mapping[str, object]) -> dict[str, JsonValue]:
    """Returns the kwargs without nulls, each in the type of its parameter.

    Raises SparError unless they are exactly the parameters of the instruction. Official code replaces what is missing or
    out of range by random values.
    """
    types = parameters(instructions, name)
    for key in kwargs:
        if kwargs[key] is not None and key not in types:
            takes = nearest(key, types) if types else " It takes none."
            raise SparError(f"'{name}' has no parameter '{key}'.{takes}")
    for key in types:
        if kwargs.get(key) is None:
            raise SparError(f"'{name}' needs the parameter '{key}'")
    return {
        key: _typed(f"'{name}': '{key}' is {value!r}", value, types[key])
        for key, value in kwargs.items()
        if value is not None
    }


def _typed(where: str, value: object, kind: object) -> JsonValue:
    if kind is str:
        if isinstance(value, str) and value.strip():
            return value
        raise SparError(f"{where}, a text is expected")
    if kind == list[str]:
        if isinstance(value, list) and value and all(isinstance(text, str) and text.strip() for text in value):
            return value
        raise SparError(f"{where}, a list of texts is expected")
    number = value if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) else -1
    if kind is float:
        if number >= 0:
            return float(number)
        raise SparError(f"{where}, a number from 0 up is expected")
    least = 1 if kind is Ordinal else 0
    if number == int(number) and number >= least:  # tables with nulls hold whole numbers as floats
        return int(number)
    raise SparError(f"{where}, a whole number from {least} up is expected")


def unchecked(response: str) -> Verdict | None:
    """Returns the verdict on a response that is blank or too long to be read, None for any other."""
    if not response.strip():
        return Verdict(False, "empty response")
    if len(response) > LONGEST:
        return Verdict(False, f"{NOT_CHECKED}{len(response):,} characters, more than {LONGEST:,}")
    return None


@cache
def _hints(checker: Callable[..., Verdict]) -> dict[str, object]:
    hints = get_type_hints(checker)
    return {key: kind for key, kind in hints.items() if key not in ("response", "return")}
