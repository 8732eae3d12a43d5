"""F1 and kappa from counts against scikit-learn, also inside the bootstrap; means of scores."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest

from spar_data.core.intervals import Estimate
from spar_eval.statistics import agreement
from spar_eval.statistics.agreement import Decision

metrics = pytest.importorskip("sklearn.metrics")


def _clusters(seed: int, n: int, weights: list[float]) -> list[list[Decision]]:
    rng = np.random.default_rng(seed)
    return [
        [agreement.DECISIONS[i] for i in rng.choice(len(agreement.DECISIONS), size=rng.integers(0, 4), p=weights)]
        for _ in range(n)
    ]


@pytest.mark.parametrize(
    "weights", [[0.3, 0.1, 0.1, 0.1, 0.3, 0.1], [0.5, 0.1, 0, 0.1, 0.3, 0], [0.1, 0.4, 0, 0.4, 0.1, 0]]
)
def test_counts_against_scikit_learn(weights: list[float]) -> None:
    clusters = _clusters(0, 40, weights)
    flat = [pair for cluster in clusters for pair in cluster]
    truth, said = [int(t) for t, _ in flat], [2 if s is None else int(s) for _, s in flat]
    counts = agreement.count_decisions(clusters)
    f1, kappa = agreement.score("f", counts, agreement.f1, "%"), agreement.score("k", counts, agreement.kappa)
    assert f1 and kappa
    expected = metrics.f1_score(truth, said, labels=[1], average="macro")
    assert f1.value == pytest.approx(expected) == float(agreement.f1(counts.sum(axis=0)))
    expected = metrics.cohen_kappa_score(truth, said)
    assert kappa.value == pytest.approx(expected) == float(agreement.kappa(counts.sum(axis=0)))
    assert f1.n == kappa.n == len(flat) and f1.low < f1.value < f1.high and kappa.low < kappa.value < kappa.high


def test_every_draw_of_the_bootstrap_is_what_scikit_learn_says() -> None:
    clusters = [c for c in _clusters(1, 12, [0.3, 0.15, 0.05, 0.15, 0.3, 0.05]) if c]
    counts = agreement.count_decisions(clusters)
    draws = np.random.default_rng(2).multinomial(len(clusters), [1 / len(clusters)] * len(clusters), 50)
    f1s, kappas = agreement.f1(draws @ counts), agreement.kappa(draws @ counts)
    for draw, f1, kappa in zip(draws, f1s, kappas, strict=True):
        flat = [pair for times, cluster in zip(draw, clusters, strict=True) for pair in cluster * int(times)]
        truth, said = [int(t) for t, _ in flat], [2 if s is None else int(s) for _, s in flat]
        assert f1 == pytest.approx(metrics.f1_score(truth, said, labels=[1], average="macro"))
        assert kappa == pytest.approx(metrics.cohen_kappa_score(truth, said))


def test_undefined_scores_are_none() -> None:
    assert agreement.score("k", agreement.count_decisions([[(True, True)], [(True, True)]]), agreement.kappa) is None
    assert agreement.score("f", agreement.count_decisions([[(False, False)]]), agreement.f1, "%") is None
    assert agreement.score("f", agreement.count_decisions([]), agreement.f1, "%") is None
    never = agreement.count_decisions([[(True, None), (False, None)]] * 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        f1, kappa = agreement.score("f", never, agreement.f1, "%"), agreement.score("k", never, agreement.kappa)
    assert f1 and kappa and f1.value == 0 and kappa.value == 0, (
        "no verdict agrees with nothing, and is not its opposite"
    )


def test_means() -> None:
    parts = [Estimate("a", 0.0, 4, 0.0, 0.4, 0.0, "Wilson"), Estimate("b", 0.5, 4, 0.2, 0.8, 0.25, "Wilson")]
    mean = agreement.average("mean", parts)
    assert (mean.value, mean.n, mean.stderr) == (0.25, 8, 0.125)
    assert mean.low == pytest.approx(0.25 - 0.15) and mean.high == pytest.approx(0.25 + 0.25)
    below = agreement.average(
        "mean", [Estimate("a", -0.6, 4, -0.8, -0.4, 0.1, "", ""), Estimate("b", -0.2, 4, -0.3, 0.1, 0.1, "", "")]
    )
    assert below.low < below.value == pytest.approx(-0.4) and below.unit == ""
    nothing = Estimate.without_interval("c", 0.5, 2, "one pair only")
    assert math.isnan(agreement.average("mean", [*parts, nothing]).low)
