"""Paired tests and intervals against slow oracles, and by simulation."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spar_eval.statistics import paired


def _binomial_tail(one: int, other: int) -> Fraction:
    n = one + other
    tail = sum(Fraction(math.comb(n, k), 2**n) for k in range(min(one, other) + 1))
    return min(Fraction(1), 2 * tail)


@given(st.integers(0, 150), st.integers(0, 150))
def test_mcnemar_is_the_binomial_tail(one: int, other: int) -> None:
    assert paired.mcnemar(one, other) == pytest.approx(float(_binomial_tail(one, other)), rel=1e-10)


def test_mcnemar_of_many() -> None:
    """An integer sum of 50,000-digit terms against logarithms."""
    n, term, total = 100_700, 1, 1
    for k in range(50_000):
        term = term * (n - k) // (k + 1)
        total += term
    assert paired.mcnemar(50_000, 50_700) == pytest.approx(float(Fraction(2 * total, 2**n)), rel=1e-8)


@given(st.lists(st.fractions(-1, 1, max_denominator=6), max_size=9))
@settings(max_examples=60, deadline=None)
def test_permutation_is_the_enumeration_of_signs(differences: list[Fraction]) -> None:
    observed = abs(sum(differences))
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    expected = sum(each >= observed for each in sums) / len(sums)
    assert paired.sign_flip(differences).p == pytest.approx(expected, abs=1e-12)


def test_drawn_permutation_is_near_the_exact_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    differences = [Fraction(int(d), 5) for d in rng.integers(-4, 7, 60)]
    exact = paired.sign_flip(differences)
    monkeypatch.setattr(paired, "_EXACT", 0)
    drawn = paired.sign_flip(differences, draws=20_000)
    assert exact.test == "exact permutation" and drawn.test == "permutation, 20,000 draws"
    assert 0.001 < exact.p < 0.2
    assert drawn.p == pytest.approx(exact.p, abs=4 * math.sqrt(exact.p / 20_000))
    assert paired.sign_flip(differences, draws=20_000) == drawn


def test_bootstrap_is_that_of_drawing_items() -> None:
    rng = np.random.default_rng(5)
    pairs = [(Fraction(int(d)), int(n)) for d, n in zip(rng.integers(-1, 2, 80), rng.integers(1, 4, 80), strict=True)]
    d, n = np.array([[float(x), y] for x, y in pairs]).T
    chosen = rng.integers(0, 80, (20_000, 80))
    low, high = np.quantile(d[chosen].sum(1) / n[chosen].sum(1), [0.025, 0.975])
    found = paired.bootstrap(pairs, draws=20_000)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.01)
    assert found.stderr == pytest.approx((high - low) / 3.92, rel=0.05)
    assert paired.wald(pairs).stderr == pytest.approx(found.stderr, rel=0.05)


def test_intervals_cover_the_truth() -> None:
    """300 simulated pairs of runs on 120 items, true difference 10 points: 95% intervals hold it 95 times in 100."""
    rng = np.random.default_rng(11)
    held = {"bootstrap": 0, "newcombe": 0}
    for _ in range(300):
        both, only_b, only_a, neither = (int(each) for each in rng.multinomial(120, [0.45, 0.2, 0.1, 0.25]))
        pairs = [(Fraction(1), 1)] * only_b + [(Fraction(-1), 1)] * only_a + [(Fraction(0), 1)] * (both + neither)
        for name, each in (("bootstrap", paired.bootstrap(pairs, 1000)),
                           ("newcombe", paired.newcombe(both, only_b, only_a, neither))):  # fmt: skip
            held[name] += each.low <= 0.1 <= each.high
    assert all(0.91 * 300 <= each <= 0.99 * 300 for each in held.values()), held


def test_false_alarms_and_power_are_as_said() -> None:
    """Under no difference p < 5% at most 5 times in 100; a true difference of the size `detectable` is found about 80
    times in 100 (the exact test is a little conservative)."""
    rng = np.random.default_rng(13)
    n, moved = 400, 0.2
    size = paired.detectable([(Fraction(1), 1)] * int(n * moved) + [(Fraction(0), 1)] * int(n * (1 - moved)))
    assert size == pytest.approx(2.8016 * math.sqrt(moved / n), rel=1e-4)
    for true, low, high in ((0.0, 0.0, 0.06), (size, 0.72, 0.88)):
        share_b = (moved + true) / 2 / moved
        alarms = 0
        for _ in range(600):
            discordant = rng.binomial(n, moved)
            better = rng.binomial(discordant, share_b)
            alarms += paired.mcnemar(better, discordant - better) < 0.05
        assert low <= alarms / 600 <= high


def test_newcombe_published_example() -> None:
    """36 both, 12 one only, 2 other only, 0 neither: 0.2, from 0.0569 to 0.3404."""
    found = paired.newcombe(36, 12, 2, 0)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0569, 0.3404)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_holm_is_its_definition(p: list[float]) -> None:
    for at, adjusted in enumerate(paired.holm(p)):
        smaller = [each for each in p if each <= p[at]]
        expected = max(min(1.0, (len(p) - sum(x < q for x in p)) * q) for q in smaller)
        assert adjusted == pytest.approx(expected)
