"""Constraints are decoded from rows, and errors name the field."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_data.core.records import Constraint, PromptRow, decode_constraints
from spar_data.core.tables import frame

_CONSTRAINT = Constraint("a.b.c", "say ü", "keyword.include", "whole", {"words": ["ü"], "n": 1})


def test_parameters_are_json_text_in_a_frame_and_decoded_when_read() -> None:
    row = PromptRow("i", "p", "o", "s", "en", "t", "t", (_CONSTRAINT,), "rules", "src", 1)
    stored = frame([row], PromptRow)["constraints"].to_list()
    assert stored[0][0]["params"] == '{"n": 1, "words": ["ü"]}'
    assert decode_constraints(stored[0], "here") == (_CONSTRAINT,)
    assert decode_constraints(None, "here") == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"params": "{"}, "file: row 3: constraint 1: 'params' is no JSON"),
        ({"params": "[1]"}, r"'params' is \[1\]: a JSON object is expected"),
        ({"params": None}, "'params' is None: a JSON object is expected"),
        ({"checker": None}, "file: row 3: constraint 1: 'checker' is None, text is expected"),
    ],
)
def test_a_malformed_constraint_is_an_error_that_names_the_field(change: dict[str, object], message: str) -> None:
    row = {"leaf": "l", "text": "t", "checker": "c", "covers": "whole", "params": "{}"}
    with pytest.raises(SparError, match=message):
        decode_constraints([{**row, **change}], "file: row 3")


@pytest.mark.parametrize("rows", ["x", {"a": 1}, 3])
def test_constraints_are_a_list(rows: object) -> None:
    with pytest.raises(SparError, match=r"'constraints' is [a-z]+, a list is expected"):
        decode_constraints(rows, "here")
