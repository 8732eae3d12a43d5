"""Hard and soft satisfaction of one response."""

from __future__ import annotations

import numpy as np
import pytest

from spar_eval.benchmarks.followbench.data import LeveledPrompt
from spar_eval.benchmarks.followbench.verdicts import ResponseVerdict
from spar_eval.responses import ResponseSample


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
