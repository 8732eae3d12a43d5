"""Runs a checker by name and validates its parameters."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from spar_data.constraints.checkers import CHECKERS
from spar_data.constraints.text.language_of import LANGUAGES
from spar_data.constraints.validation import complete, parameters_of
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


def parameters(name: str) -> Mapping[str, object]:
    """Returns the parameters of a checker with their types: str, int or list[str]. All of them are required."""
    return parameters_of(CHECKERS, name, "checker")


def validate(name: str, params: Mapping[str, object]) -> None:
    """Raises SparError unless `params` are exactly the parameters of the checker `name`, with valid values.

    Numbers are whole and not negative, texts are not blank, and lists hold at least one text.
    """
    for key, value in complete(parameters(name), name, params).items():
        if isinstance(params[key], float):
            raise SparError(f"'{name}': '{key}' is {params[key]!r}, a whole number is expected")
        if key in _CHOICES and value not in _CHOICES[key]:
            raise SparError(f"'{name}': '{key}' is {value!r}.{nearest(str(value), _CHOICES[key])}")
