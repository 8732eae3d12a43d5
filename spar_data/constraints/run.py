"""Runs a checker by name and validates its parameters."""

from __future__ import annotations

import typing
from collections.abc import Collection, Mapping
from functools import cache

from spar_data.constraints.checkers import CHECKERS
from spar_data.constraints.text.language_of import LANGUAGES
from spar_data.constraints.verdict import RELATIONS, Verdict
from spar_data.core.errors import SparError, nearest

_CHOICES: dict[str, Collection[str]] = {"relation": RELATIONS, "code": LANGUAGES}


def run_checker(name: str, response: str, params: Mapping[str, object]) -> Verdict:
    """Runs the checker `name` ('module.function') on a response.

    A blank response fails every checker. Raises SparError for an unknown checker and for a missing, unknown or wrong
    parameter.
    """
    validate(name, params)
    if not response.strip():
        return Verdict(False, "empty response")
    return CHECKERS[name](response, **params)


@cache
def parameters(name: str) -> Mapping[str, object]:
    """Returns the parameters of a checker with their types: str, int or list[str]. All of them are required."""
    if name not in CHECKERS:
        raise SparError(f"Unknown checker '{name}'.{nearest(name, CHECKERS)}")
    hints = typing.get_type_hints(CHECKERS[name])
    return {key: kind for key, kind in hints.items() if key not in ("response", "return")}


def validate(name: str, params: Mapping[str, object]) -> None:
    """Raises SparError unless `params` are exactly the parameters of the checker `name`, with valid values.

    Numbers are whole and not negative, texts are not blank, and lists hold at least one text.
    """
    known = parameters(name)
    for key in params:
        if key not in known:
            takes = nearest(key, known) if known else " It takes none."
            raise SparError(f"Checker '{name}' has no parameter '{key}'.{takes}")
    for key, kind in known.items():
        if key not in params:
            raise SparError(f"Checker '{name}' needs the parameter '{key}'. Parameters: {', '.join(known)}.")
        value = params[key]
        if not _fits(value, kind):
            raise SparError(f"Parameter '{key}' of checker '{name}' is {value!r}, expected {_EXPECTED[str(kind)]}.")
        if key in _CHOICES and value not in _CHOICES[key]:
            raise SparError(f"Parameter '{key}' of checker '{name}' is {value!r}.{nearest(str(value), _CHOICES[key])}")


_EXPECTED = {str(int): "a whole number from 0 up", str(str): "a text", str(list[str]): "a list of texts"}


def _fits(value: object, kind: object) -> bool:
    if kind is int:
        return type(value) is int and value >= 0
    if kind is str:
        return isinstance(value, str) and bool(value.strip())
    return isinstance(value, list) and bool(value) and all(_fits(item, str) for item in value)
