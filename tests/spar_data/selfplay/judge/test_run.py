"""Judging responses in memory."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_data.core.records import Constraint, Prompt
from spar_data.models import FunctionModel, Request
from spar_data.selfplay.judge.run import judge

_LOWER = Constraint("a.b.c", "Use small letters.", "character.lowercase", "whole", {})


def _says(words: str) -> FunctionModel:
    """A model whose votes are the letters of `words`, one after the other."""
    left = list(words)
    said = {"y": "Final Judgement: Yes", "n": "Final Judgement: No", "?": "hm"}

    def answer(request: Request) -> str:
        return said[left.pop(0)]

    return FunctionModel(answer, in_flight=1)


def test_one_yes_beside_four_unparsed_replies_is_unparsed() -> None:
    judged = judge("p", "r", _says("y????"))
    assert judged.verdicts == ["unparsed"] and repr(judged) == "Judgements(1 unparsed)"
    assert judge("p", "r", _says("y????"), min_valid=1).verdicts == ["Yes"]
    assert judge("p", "r", _says("yynn?")).verdicts == ["tie"]


def test_prompts_and_responses_go_together() -> None:
    rows = judge(["one", "two"], ["r", "s"], _says("yn"), votes=1).to_polars()
    assert rows.select("prompt", "response", "verdict", "value").rows() == [
        ("one", "r", "Yes", 1.0), ("two", "s", "No", 0.0),
    ]  # fmt: skip
    assert judge("one", ["r", "s", "t"], _says("yny"), votes=1).verdicts == ["Yes", "No", "Yes"]
    assert len(judge([], [], "rules")) == 0 and judge([], [], "rules").to_polars().is_empty()
    with pytest.raises(SparError, match="2 prompts and 1 responses"):
        judge(["one", "two"], "r")


def test_rules_judge_by_the_constraints() -> None:
    prompt = Prompt("p", "Use small letters.", (_LOWER,))
    assert judge(prompt, ["small", "LARGE"]).verdicts == ["Yes", "No"]
    assert judge("without constraints", "LARGE").verdicts == ["unknown"]
    [judged] = judge(prompt, "LARGE", _says("yyyyy"), checkers="veto")
    assert judged.votes.verdict == "No" and not judged.votes.words
