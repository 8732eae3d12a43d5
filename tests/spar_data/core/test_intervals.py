"""Wilson's interval by hand and against scipy; the sentence of an estimate."""

from __future__ import annotations

import math

import pytest

from spar_data.core.intervals import Estimate, wilson, wilson_interval


def test_wilson_by_hand() -> None:
    # p = 8/10, z = 1.96: centre (0.8 + 0.19207) / 1.38415, half width 1.96 * sqrt(0.016 + 0.0096037) / 1.38415
    score = wilson("x", 8, 10)
    assert (round(score.low, 4), round(score.high, 4)) == (0.4902, 0.9433)
    assert score.stderr == pytest.approx(math.sqrt(0.8 * 0.2 / 10))


def test_wilson_at_the_edges() -> None:
    assert wilson("x", 0, 5).low == 0 and wilson("x", 5, 5).high == 1
    assert math.isnan(wilson("x", 0, 0).value)


@pytest.mark.parametrize(("passed", "n"), [(0, 5), (3, 7), (200, 200), (1, 1), (417, 541)])
def test_wilson_is_that_of_scipy(passed: int, n: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    expected = stats.binomtest(passed, n).proportion_ci(method="wilson")
    assert wilson_interval(passed / n, n) == pytest.approx((expected.low, expected.high))
    estimate = wilson("", passed, n)
    assert (estimate.low, estimate.high) == wilson_interval(passed / n, n)


@pytest.mark.parametrize(
    ("estimate", "sentence"),
    [
        (wilson("prompt-strict", 417, 541), "prompt-strict: 77.08% [73.35, 80.42], n = 541 (Wilson)"),
        (Estimate("CSL", 2.5, 30, 2.0, 3.0, 0.25, "bootstrap", "levels"), "CSL: 2.50 levels [2.00, 3.00], n = 30 (bootstrap)"),
        (Estimate("", 0.4, 9, -0.1, 0.9, 0.2, "bootstrap", ""), "0.40 [-0.10, 0.90], n = 9 (bootstrap)"),
        (Estimate.without_interval("share", 1.0, 3, "one prompt only: no interval"),
         "share: 100.00%, n = 3 (one prompt only: no interval)"),
        (wilson("share", 0, 0), "share: undefined (no items)"),
    ],
)  # fmt: skip
def test_sentence(estimate: Estimate, sentence: str) -> None:
    assert str(estimate) == sentence


def test_a_signed_sentence_is_a_difference() -> None:
    change = Estimate("", 0.029, 541, -0.011, 0.0691, 0.02, "Newcombe")
    assert change.sentence(signed=True) == "+2.90 points [-1.10, +6.91], n = 541 (Newcombe)"
    assert change.sentence(signed=True, digits=1) == "+2.9 points [-1.1, +6.9], n = 541 (Newcombe)"
    assert change.interval() == "[-1.10, 6.91]" and Estimate.without_interval("", 0, 1, "").interval() == "no interval"
