"""Accuracy worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from spar_data.models import Completion, Failure
from spar_data.selfplay.gold.answers import Gold
from spar_data.selfplay.gold.attempts import Accuracy, attempts
from spar_data.selfplay.gold.problems import Problem

_PROBLEM = Problem("p", "How many?", Gold(Fraction(7)), "3+4=7\nThe answer is 7.")
_OTHER = Problem("o", "How many more?", Gold(Fraction(1)), "")


def _done(text: str) -> Completion:
    return Completion(text)


def _some(*texts: str | None, problem: Problem = _PROBLEM):  # type: ignore[no-untyped-def]
    return attempts(problem, [Failure("length") if t is None else _done(t) for t in texts])


def test_accuracy_by_hand() -> None:
    """p: 7 7 8 cut -> 2 of 4 right, majority right. o: 1 2 none none -> 1 of 4, a tie of two. All four of the third fail."""
    accuracy = Accuracy()
    accuracy.add(_PROBLEM, _some("7", "7.0", "8", None))
    accuracy.add(_OTHER, _some("1", "2", "hm", "hm", problem=_OTHER))
    accuracy.add(_OTHER, _some(None, None, None, None, problem=_OTHER))
    rates = accuracy.to_dict(4)
    assert rates["pass@1"] == pytest.approx((2 / 4 + 1 / 4) / 3)
    assert rates["pass@1 of samples with an answer"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert rates["maj@4"] == pytest.approx(1 / 3) and rates["maj@4 with ties drawn"] == pytest.approx(1.5 / 3)
    assert rates["pass@4"] == pytest.approx(2 / 3) and rates["tied problems"] == 1
    assert rates["verdicts"] == {"right": 3, "wrong": 2, "no answer": 2, "failed": 5}
    assert rates["reasons"] == {"failed: length": 5, "no answer: no number in the reply": 2}
