"""Parameters against the annotations of checkers; test_run, test_ifeval and test_ifbench have the error texts."""

from __future__ import annotations

import pytest

from spar_data.constraints.validation import Ordinal, complete, parameters_of, unchecked
from spar_data.constraints.verdict import LONGEST, Verdict
from spar_data.core.errors import SparError

TYPES: dict[str, object] = {"word": str, "words": list[str], "n": int, "share": float, "nth": Ordinal}
PARAMS: dict[str, object] = {"word": "a", "words": ["a"], "n": 2.0, "share": 1, "nth": 1}


def _checker(response: str, *, word: str, nth: Ordinal) -> Verdict:
    return Verdict(bool(response), f"{word} {nth}")


def test_types_come_from_the_annotations() -> None:
    assert parameters_of({"a:b": _checker}, "a:b") == {"word": str, "nth": Ordinal}
    with pytest.raises(SparError, match="Did you mean 'a:b'"):
        parameters_of({"a:b": _checker}, "a:c")


def test_values_take_the_type_of_their_parameter() -> None:
    values = complete(TYPES, "x", PARAMS | {"absent": None})
    assert values == {"word": "a", "words": ["a"], "n": 2, "share": 1.0, "nth": 1}
    assert [type(values[name]) for name in ("n", "share")] == [int, float]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("word", " ", "a text"),
        ("words", ["a", 1], "a list of texts"),
        ("n", 1.5, "a whole number from 0 up"),
        ("n", True, "a whole number from 0 up"),
        ("share", float("nan"), "a number from 0 up"),
        ("nth", 0, "a whole number from 1 up"),
    ],
)
def test_wrong_values_are_errors(key: str, value: object, expected: str) -> None:
    with pytest.raises(SparError, match=f"'{key}' is .*, {expected} is expected"):
        complete(TYPES, "x", PARAMS | {key: value})


def test_blank_and_giant_responses_are_not_read() -> None:
    assert unchecked(" \n") == Verdict(False, "empty response")
    assert unchecked("a" * (LONGEST + 1)) == Verdict(False, "not checked: 1,000,001 characters, more than 1,000,000")
    assert unchecked("a") is None
