"""Tables of small faults and the repaired text: the whole text, so that a repair that does too much is noticed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from spar_data.constraints import run_checker
from spar_data.constraints.repairs import EDITS, repair
from spar_data.selfplay.refine.similarity import similarity

TEA = "Tea is a drink. It comes from Asia and it warms you. Many people like it in the morning, some at night."
TWO = f"{TEA}\n\nCoffee wakes you up. The cup should be warm! Milk is a matter of taste."

Row = tuple[str, dict[str, object], str, str]
"""A checker, its parameters, a response that fails and the repaired response."""

_WHOLE = ("character.lowercase", "character.uppercase", "character.title_case", "language.is_language", "length.words",
          "length.characters", "text_format.json_document", "text_format.table", "text_format.bullets")  # fmt: skip
"""Repairs of these change most of the text."""


def repair_test(*rows: Row) -> Callable[..., None]:
    """A test of each row; a module of repairs without a row for one of its checkers fails."""
    module = rows[0][0].partition(".")[0]
    assert {row[0] for row in rows} == {name for name in EDITS if name.startswith(f"{module}.")}

    @pytest.mark.parametrize(
        ("name", "params", "response", "expected"), rows, ids=[f"{number} {row[0]}" for number, row in enumerate(rows)]
    )
    def test(name: str, params: dict[str, object], response: str, expected: str) -> None:
        assert not run_checker(name, response, params).passed
        assert repair(name, response, params) == expected
        assert run_checker(name, expected, params).passed
        assert name in _WHOLE or similarity(response, expected) > 0.8, "most of the text stays"

    return test
