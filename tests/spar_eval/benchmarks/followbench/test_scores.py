"""Satisfaction of one response; HSR, SSR and CSL of hand-made verdicts; the whole is worked out in test_run.py."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spar_eval.benchmarks.followbench.data import LeveledPrompt, PromptGroup
from spar_eval.benchmarks.followbench.scores import FollowBenchScores, ResponseVerdict
from spar_eval.responses import ResponseSample


def _group(number: int, levels: tuple[int, ...] = (1, 2, 3, 4, 5)) -> PromptGroup:
    prompts = tuple(LeveledPrompt("content", number, level, "x", "i", "", "") for level in levels)
    return PromptGroup(prompts)


def _verdicts(group: PromptGroup, met: str, sample: int = 0) -> list[ResponseVerdict]:
    """met: Y, N or ? for each prompt of the group."""
    values = [{"Y": True, "N": False}.get(letter) for letter in met]
    return [
        ResponseVerdict(prompt, sample, ResponseSample("r"), (value,), ("",), "judge")
        for prompt, value in zip(group.prompts, values, strict=True)
    ]


def _headline(groups: list[PromptGroup], verdicts: list[ResponseVerdict], leave_out: bool = False) -> list[float]:
    return [score.value for score in FollowBenchScores(groups, verdicts, leave_out).headline()]


def test_csl_counts_levels_in_a_row() -> None:
    groups = [_group(number) for number in range(4)]
    verdicts = [
        v
        for group, met in zip(groups, ("YYYYY", "NYYYY", "YYNYY", "YNYYY"), strict=True)
        for v in _verdicts(group, met)
    ]
    assert _headline(groups, verdicts) == [17 / 20, 17 / 20, (5 + 0 + 2 + 1) / 4]


def test_a_sequence_that_ends_at_an_undecided_response_has_no_csl() -> None:
    groups = [_group(1), _group(2)]
    verdicts = [*_verdicts(groups[0], "YY?YY"), *_verdicts(groups[1], "YYYN?")]
    assert _headline(groups, verdicts)[2] == (2 + 3) / 2
    assert _headline(groups, verdicts, leave_out=True)[2] == 3


def test_samples_are_averaged() -> None:
    groups = [_group(1), _group(2)]
    verdicts = [
        v for group in groups for sample, met in enumerate(("YYYYY", "YNNNN")) for v in _verdicts(group, met, sample)
    ]
    assert _headline(groups, verdicts) == [0.6, 0.6, 3.0]


def test_a_group_with_missing_levels_has_no_csl() -> None:
    group = _group(1, (1, 2))
    hsr, _, csl = FollowBenchScores([group], _verdicts(group, "YY")).headline()
    assert hsr.value == 1.0 and hsr.method == "a category of one group: no interval"
    assert math.isnan(csl.value) and csl.n == 0 and csl.unit == "levels"


def test_a_row_with_a_definite_no_is_decided_whatever_else_is_open() -> None:
    prompt = LeveledPrompt("content", 1, 3, "oasst", "i", "", "")
    verdict = ResponseVerdict(prompt, 0, ResponseSample(""), (True, None, False), ("", "", ""), "judge")
    assert (verdict.hard(), verdict.hard(leave_out=True)) == (0, 0)
    assert (verdict.soft(), verdict.soft(leave_out=True)) == (pytest.approx(1 / 3), 0.5)
    open_one = ResponseVerdict(prompt, 0, ResponseSample(""), (True, None), ("", ""), "judge")
    assert open_one.hard() == 0
    assert np.isnan(open_one.hard(leave_out=True))
    assert open_one.soft(leave_out=True) == 1


def test_a_verdict_of_the_repository_counts_as_one() -> None:
    prompt = LeveledPrompt("content", 1, 2, "xsum", "i", "", "")
    verdict = ResponseVerdict(prompt, 0, ResponseSample(""), (True, False), ("", ""), "rule", whole=True)
    assert (verdict.hard(), verdict.soft()) == (0, 0)
