"""Validates the parameters of checkers, ours and those of public benchmarks, by the annotations of the functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import NewType, get_type_hints

from spar_data.constraints.verdict import LONGEST, NOT_CHECKED, Verdict
from spar_data.core.errors import SparError, nearest
from spar_data.core.files import JsonValue

Checkers = Mapping[str, Callable[..., Verdict]]

Ordinal = NewType("Ordinal", int)
"""A position, counted from 1."""


def parameters_of(checkers: Checkers, name: str, noun: str = "instruction") -> Mapping[str, object]:
    """Returns the parameters of a checker with their types. Raises SparError for an unknown name; noun: what it names."""
    if name not in checkers:
        raise SparError(f"Unknown {noun} '{name}'.{nearest(name, checkers)}")
    return _hints(checkers[name])


def complete(types: Mapping[str, object], name: str, params: Mapping[str, object]) -> dict[str, JsonValue]:
    """Returns the parameters without nulls, each in its type.

    Raises SparError unless they are exactly the parameters in `types`. Numbers are not negative, texts not blank, lists
    not empty. Official code of benchmarks replaces what is missing or out of range by random values.
    """
    for key in params:
        if params[key] is not None and key not in types:
            takes = nearest(key, types) if types else " It takes none."
            raise SparError(f"'{name}' has no parameter '{key}'.{takes}")
    for key in types:
        if params.get(key) is None:
            raise SparError(f"'{name}' needs the parameter '{key}'. Parameters: {', '.join(types)}.")
    return {key: _typed(name, key, value, types[key]) for key, value in params.items() if value is not None}


def _typed(name: str, key: str, value: object, kind: object) -> JsonValue:
    least = 1 if kind is Ordinal else 0
    if kind is str:
        if isinstance(value, str) and value.strip():
            return value
        expected = "a text"
    elif kind == list[str]:
        if isinstance(value, list) and value and all(isinstance(text, str) and text.strip() for text in value):
            return value
        expected = "a list of texts"
    else:
        number = value if isinstance(value, int | float) and type(value) is not bool and math.isfinite(value) else -1
        if kind is float and number >= 0:
            return float(number)
        if kind is not float and number >= least and number == int(number):
            return int(number)  # tables with nulls hold whole numbers as floats
        expected = f"a {'' if kind is float else 'whole '}number from {least} up"
    raise SparError(f"'{name}': '{key}' is {value!r}, {expected} is expected")


def unchecked(response: str) -> Verdict | None:
    """The verdict of a public benchmark on a response that is blank or too long to be read; None for any other."""
    if not response.strip():
        return Verdict(False, "empty response")
    if len(response) > LONGEST:
        return Verdict(False, f"{NOT_CHECKED}{len(response):,} characters, more than {LONGEST:,}")
    return None


@cache
def _hints(checker: Callable[..., Verdict]) -> dict[str, object]:
    hints = get_type_hints(checker)
    return {key: kind for key, kind in hints.items() if key not in ("response", "return")}
