"""Intervals against hand calculations, brute force and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from spar_data.core.intervals import wilson
from spar_eval.statistics.shares import bootstrap, clustered, share


def test_clusters_of_one_are_independent_outcomes() -> None:
    score = clustered("x", [(1, 1)] * 30 + [(0, 1)] * 10)
    assert score.stderr == pytest.approx(math.sqrt(0.75 * 0.25 / 39))  # n - 1 in place of n
    assert score.low == pytest.approx(wilson("x", 30, 40).low, abs=0.003)


def test_clusters_by_hand() -> None:
    # three prompts with 2/2, 0/2 and 1/1: p = 3/5; squares (2 - 1.2)^2 + 1.2^2 + 0.4^2 = 2.24; sqrt(2.24 * 3/2) / 5
    score = clustered("x", [(2, 2), (0, 2), (1, 1)])
    assert score.value == pytest.approx(0.6)
    assert score.stderr == pytest.approx(math.sqrt(3.36) / 5)
    assert score.n == 5


def test_one_cluster_has_no_interval_and_alike_ones_have_a_wide_one() -> None:
    assert math.isnan(clustered("x", [(3, 4)]).low)
    alike = clustered("x", [(2, 2)] * 5)
    assert alike.stderr == 0 and alike.low == pytest.approx(wilson("x", 5, 5).low)


def test_clustered_intervals_cover_what_they_should() -> None:
    """Prompts differ in how hard they are, and have one to three instructions: 95% of intervals hold the true share."""
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        clusters = []
        for _ in range(150):
            n = int(rng.integers(1, 4))
            clusters.append((int(rng.binomial(n, rng.beta(2, 1))), n))  # beta(2, 1) has mean 2/3
        score = clustered("x", clusters)
        held += score.low <= 2 / 3 <= score.high
    assert 0.92 <= held / 400 <= 0.98


def test_bootstrap_agrees_with_the_formula_and_is_seeded() -> None:
    rng = np.random.default_rng(1)
    sizes = rng.integers(1, 4, 200)
    passed = np.array([rng.binomial(n, 0.7) for n in sizes])

    def share(weights: np.ndarray) -> np.ndarray:
        return (weights @ passed) / (weights @ sizes)

    found = bootstrap("x", 200, share, 200)
    formula = clustered("x", list(zip(passed.tolist(), sizes.tolist(), strict=True)))
    assert found.value == pytest.approx(formula.value)
    assert found.stderr == pytest.approx(formula.stderr, rel=0.1)
    assert found == bootstrap("x", 200, share, 200)
    assert found.low != bootstrap("x", 200, share, 200, seed=1).low


def test_bootstrap_of_what_never_varies_claims_no_interval() -> None:
    score = bootstrap("x", 10, lambda weights: weights.sum(axis=1) * 0.0, 10)
    assert score.value == 0 and math.isnan(score.low) and "every prompt alike" in score.method


def test_strata_keep_their_sizes_in_every_draw() -> None:
    strata = np.array([0, 0, 0, 1, 1])
    seen = []

    def statistic(weights: np.ndarray) -> np.ndarray:
        seen.append(weights)
        return weights @ np.arange(5.0)

    bootstrap("x", 5, statistic, 5, strata=strata, draws=200)
    drawn = seen[1]
    assert drawn.shape == (200, 5)
    assert (drawn[:, :3].sum(axis=1) == 3).all() and (drawn[:, 3:].sum(axis=1) == 2).all()
    assert len(np.unique(drawn, axis=0)) > 10


def test_prompts_with_one_outcome_are_independent() -> None:
    assert share("x", [[True], [False], [True]]) == wilson("x", 2, 3)
    assert share("x", [[True, False], [True]]) == clustered("x", [(1, 2), (1, 1)])
