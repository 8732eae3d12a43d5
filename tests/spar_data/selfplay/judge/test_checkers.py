"""The checkers of a prompt's own constraints as a judge."""

from __future__ import annotations

import pytest

from spar_data.core.records import Constraint
from spar_data.selfplay.judge.checkers import judge_by_checkers, partly_checkable, wholly_checkable
from spar_data.selfplay.judge.prompt import parse_verdict

_LOWER = Constraint("a.b.c", "Use small letters.", "character.lowercase", "whole", {})
_PART = Constraint("a.b.d", "Sound sad, without capitals.", "character.lowercase", "part", {})
_OPEN = Constraint("a.b.e", "Be kind.", "", "none", {})


@pytest.mark.parametrize(
    ("response", "constraints", "verdict"),
    [
        ("small", [_LOWER], "Yes"),
        ("LARGE", [_LOWER], "No"),
        ("small", [_LOWER, _PART], "unknown"),
        ("LARGE", [_LOWER, _PART], "No"),
        ("small", [_LOWER, _OPEN], "unknown"),
        ("LARGE", [_PART, _OPEN], "No"),
        ("small", [_OPEN], "unknown"),
        ("small", [], "unknown"),
    ],
)
def test_a_failing_checker_decides_and_a_gap_leaves_it_open(
    response: str, constraints: list[Constraint], verdict: str
) -> None:
    exact = judge_by_checkers(response, constraints)
    assert exact.verdict == verdict and all(item.text in exact.judgement for item in constraints)
    assert parse_verdict(exact.judgement) is {"Yes": True, "No": False}.get(verdict) or verdict == "unknown"


def test_what_a_program_can_check() -> None:
    assert wholly_checkable([_LOWER]) and not wholly_checkable([_LOWER, _PART]) and not wholly_checkable([])
    assert partly_checkable([_OPEN, _PART]) and not partly_checkable([_OPEN]) and not partly_checkable([])
