"""Yes and No of a judge beside the truth, or beside another judge: F1 and kappa with intervals.

Everything is made of one table for each cluster (a pair, an item): how often (Yes, Yes), (Yes, No), (No, Yes), (No, No)
came up as (truth, said). Values are scikit-learn's; the bootstrap computes the same from many tables at once.
"""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from spar_data.errors import missing_package
from spar_eval import stats
from spar_eval.results import Score

Said = tuple[bool, bool]  # truth, said
_TRUTH, _SAID = (1, 1, 0, 0), (1, 0, 1, 0)


def tables(clusters: Iterable[Sequence[Said]]) -> np.ndarray:
    """Counts of shape (clusters, 4)."""
    counts = [[sum(1 for pair in cluster if pair == kind) for kind in _KINDS] for cluster in clusters]
    return np.array(counts, dtype=float).reshape(-1, 4)


_KINDS: tuple[Said, ...] = ((True, True), (True, False), (False, True), (False, False))


def f1(counts: np.ndarray) -> np.ndarray:
    """F1 of Yes from counts of shape (..., 4); NaN where Yes is neither true nor said."""
    hit, missed, wrong, _ = np.moveaxis(counts, -1, 0)
    return _divide(2 * hit, 2 * hit + missed + wrong)


def kappa(counts: np.ndarray) -> np.ndarray:
    """Cohen's kappa from counts of shape (..., 4); NaN where only one answer is there to agree on."""
    both, first, second, neither = np.moveaxis(counts, -1, 0)
    n = both + first + second + neither
    by_chance = (both + first) * (both + second) + (neither + first) * (neither + second)
    return _divide(n * (both + neither) - by_chance, n * n - by_chance)


def f1_score(name: str, counts: np.ndarray, by: str = "pair") -> Score | None:
    """F1 of Yes with a bootstrap over clusters; None where it is not defined."""
    metrics = _metrics()

    def value(weights: np.ndarray) -> float:
        return metrics.f1_score(_TRUTH, _SAID, sample_weight=weights, zero_division=np.nan)

    return _score(name, counts, value, f1, "%", by)


def kappa_score(name: str, counts: np.ndarray, by: str = "pair") -> Score | None:
    """Cohen's kappa with a bootstrap over clusters; None where it is not defined."""
    metrics = _metrics()

    def value(weights: np.ndarray) -> float:
        return metrics.cohen_kappa_score(_TRUTH, _SAID, sample_weight=weights)

    return _score(name, counts, value, kappa, "", by)


def average(name: str, parts: Sequence[Score]) -> Score:
    """The plain mean of scores of separate items, as stats.mean has it, but for values below 0 too, and without an
    interval where one of them has none."""
    value = math.fsum(part.value for part in parts) / len(parts)
    n, unit = sum(part.n for part in parts), parts[0].unit
    if any(math.isnan(part.stderr) for part in parts):
        return Score(name, value, n, math.nan, math.nan, math.nan, "no interval for one of its parts", unit)
    stderr = math.sqrt(math.fsum(part.stderr**2 for part in parts)) / len(parts)
    lowest = 0.0 if unit == "%" else -1.0
    low, high = max(lowest, value - stats.Z * stderr), min(1.0, value + stats.Z * stderr)
    return Score(name, value, n, low, high, stderr, "normal", unit)


def _score(
    name: str, counts: np.ndarray, value: Callable[[np.ndarray], float], many: Callable[[np.ndarray], np.ndarray],
    unit: str, by: str,
) -> Score | None:  # fmt: skip
    total = counts.sum(axis=0)
    if not total.sum() or math.isnan(float(many(total))):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns where one of the two says only Yes or only No
        exact = float(value(total))
    counts = counts[counts.sum(axis=1) > 0]
    spread = stats.bootstrap(name, len(counts), lambda weights: many(weights @ counts), int(total.sum()), unit, by)
    return dataclasses.replace(spread, value=exact)


def _divide(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(under > 0, over / under, np.nan)


def _metrics():  # type: ignore[no-untyped-def]  # the module sklearn.metrics
    try:
        from sklearn import metrics
    except ImportError:
        raise missing_package("scikit-learn", "eval", "F1 and kappa") from None
    return metrics
