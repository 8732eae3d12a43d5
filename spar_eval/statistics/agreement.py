"""Agreement of a judge's Yes and No with the truth, or with another judge: F1 and kappa with intervals.

Everything is computed from one table for each cluster (a pair, an item): how often each of DECISIONS occurred. A judge
without a verdict answers None, a third answer that agrees with nothing. Values equal scikit-learn's, which the tests use.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from spar_data.core.intervals import Estimate
from spar_eval.statistics.shares import bootstrap

Decision = tuple[bool, bool | None]
"""Truth, and the judge's answer."""
DECISIONS: tuple[Decision, ...] = (
    (True, True), (True, False), (True, None), (False, True), (False, False), (False, None)
)  # fmt: skip


def count_decisions(clusters: Iterable[Sequence[Decision]]) -> np.ndarray:
    """Counts of shape (clusters, 6)."""
    counts = [[sum(decision == kind for decision in cluster) for kind in DECISIONS] for cluster in clusters]
    return np.array(counts, dtype=float).reshape(-1, len(DECISIONS))


def f1(counts: np.ndarray) -> np.ndarray:
    """F1 of Yes from counts of shape (..., 6); NaN where Yes is neither true nor answered."""
    hit, missed, undecided, wrong, _, _ = np.moveaxis(counts, -1, 0)
    return _divide(2 * hit, 2 * hit + missed + undecided + wrong)


def kappa(counts: np.ndarray) -> np.ndarray:
    """Cohen's kappa from counts of shape (..., 6); NaN where all give one and the same answer."""
    yes, no = counts[..., :3].sum(axis=-1), counts[..., 3:].sum(axis=-1)
    answered_yes, answered_no = counts[..., 0] + counts[..., 3], counts[..., 1] + counts[..., 4]
    n, by_chance = yes + no, yes * answered_yes + no * answered_no
    return _divide(n * (counts[..., 0] + counts[..., 4]) - by_chance, n * n - by_chance)


def score(
    name: str, counts: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], unit: str = "", by: str = "pair"
) -> Estimate | None:
    """`f1` or `kappa` of all clusters together, with a bootstrap over clusters; None where undefined."""
    total = counts.sum(axis=0)
    if math.isnan(float(statistic(total))):
        return None
    counts = counts[counts.sum(axis=1) > 0]
    return bootstrap(name, len(counts), lambda weights: statistic(weights @ counts), int(total.sum()), unit, by)


def average(name: str, parts: Sequence[Estimate]) -> Estimate:
    """Unweighted mean of scores of separate items. Its interval is computed from theirs (MOVER: Zou and Donner 2008), so that
    parts of 0 or 100% do not count as certain."""
    k = len(parts)
    value, n, unit = math.fsum(part.value for part in parts) / k, sum(part.n for part in parts), parts[0].unit
    if any(math.isnan(part.stderr) for part in parts):
        return Estimate.without_interval(name, value, n, "no interval for one of its parts", unit)
    down, up, stderr = (
        math.sqrt(math.fsum(d * d for d in distances)) / k
        for distances in (
            [part.value - part.low for part in parts],
            [part.high - part.value for part in parts],
            [part.stderr for part in parts],
        )
    )
    return Estimate(name, value, n, value - down, value + up, stderr, "of the parts' intervals (MOVER)", unit)


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(denominator > 0, numerator / denominator, np.nan)
