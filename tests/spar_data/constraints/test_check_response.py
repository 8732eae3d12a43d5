"""The verdicts on a response, and when they decide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from stored_rows import BEE, WORDS

from spar_data.constraints import check
from spar_data.core.errors import SparError
from spar_data.core.records import Constraint

KIND = Constraint("style.tone.kind", "be kind", "", "none", {})
PART = replace(BEE, covers="part")


@pytest.mark.parametrize(
    ("response", "constraints", "passed"),
    [
        ("one bee", [BEE, WORDS], True),
        ("one wasp", [BEE, WORDS], False),
        ("one wasp", [KIND, BEE], False),
        ("one bee", [BEE, KIND], None),
        ("one bee", [PART], None),
        ("one wasp", [PART], False),
        ("one bee", [KIND], None),
        ("one bee", [], None),
        ("", [BEE], False),
    ],
)
def test_passed_is_decided_only_where_programs_cover_everything(
    response: str, constraints: list[Constraint], passed: bool | None
) -> None:
    assert check(response, constraints).passed is passed


def test_rows_of_a_release_give_the_same_verdicts() -> None:
    row = {
        "leaf": BEE.leaf,
        "text": "say bee",
        "checker": BEE.checker,
        "covers": "whole",
        "params": '{"words": ["bee"]}',
    }
    assert check("one bee", [row]) == check("one bee", [BEE])
    assert check("one bee", [{**row, "params": {"words": ["bee"]}}]) == check("one bee", [BEE])


def test_malformed_constraints_are_errors() -> None:
    with pytest.raises(SparError, match="constraint 2 has no text, covers, params"):
        check("one bee", [BEE, {"checker": "keyword.include"}])
    with pytest.raises(SparError, match=r"Did you mean 'keyword.include'"):
        check("one bee", [replace(BEE, checker="keyword.includ")])


def test_a_result_prints_its_reasons_and_becomes_a_frame() -> None:
    result = check("one wasp", [BEE, KIND])
    assert repr(result) == (
        "CheckResult(passed=False)\n  failed: say bee (without 'bee')\n  unknown: be kind (no program can tell)"
    )
    frame = result.to_polars()
    assert frame["passed"].to_list() == [False, None]
    assert frame.columns == ["leaf", "text", "checker", "passed", "reason"]
