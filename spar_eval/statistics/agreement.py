"""Yes and No of a judge beside the truth, or beside another judge: F1 and kappa with intervals.

Everything is made of one table for each cluster (a pair, an item): how often each (truth, said) of KINDS came up. None is
said by a judge that comes to no verdict: a third answer that agrees with nothing. Values are scikit-learn's; the bootstrap
computes the same from many tables at once.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from spar_data.core.errors import missing_package
from spar_data.core.intervals import Estimate
from spar_eval.statistics.shares import bootstrap

Said = tuple[bool, bool | None]
KINDS: tuple[Said, ...] = (
    (True, True), (True, False), (True, None), (False, True), (False, False), (False, None)
)  # fmt: skip
_TRUTH, _SAID = (1, 1, 1, 0, 0, 0), (1, 0, 2, 1, 0, 2)


def tables(clusters: Iterable[Sequence[Said]]) -> np.ndarray:
    """Counts of shape (clusters, 6)."""
    counts = [[sum(each == kind for each in cluster) for kind in KINDS] for cluster in clusters]
    return np.array(counts, dtype=float).reshape(-1, len(KINDS))


def f1(counts: np.ndarray) -> np.ndarray:
    """F1 of Yes from counts of shape (..., 6); NaN where Yes is neither true nor said."""
    hit, missed, silent, wrong, _, _ = np.moveaxis(counts, -1, 0)
    return _divide(2 * hit, 2 * hit + missed + silent + wrong)


def kappa(counts: np.ndarray) -> np.ndarray:
    """Cohen's kappa from counts of shape (..., 6); NaN where only one answer is there to agree on."""
    yes, no = counts[..., :3].sum(axis=-1), counts[..., 3:].sum(axis=-1)
    said_yes, said_no = counts[..., 0] + counts[..., 3], counts[..., 1] + counts[..., 4]
    n, by_chance = yes + no, yes * said_yes + no * said_no
    return _divide(n * (counts[..., 0] + counts[..., 4]) - by_chance, n * n - by_chance)


def f1_score(name: str, counts: np.ndarray, by: str = "pair") -> Estimate | None:
    """F1 of Yes with a bootstrap over clusters; None where it is not defined."""
    metrics = _metrics()

    def value(weights: np.ndarray) -> float:
        return metrics.f1_score(_TRUTH, _SAID, labels=[1], average="macro", sample_weight=weights, zero_division=np.nan)

    return _score(name, counts, value, f1, "%", by)


def kappa_score(name: str, counts: np.ndarray, by: str = "pair") -> Estimate | None:
    """Cohen's kappa with a bootstrap over clusters; None where it is not defined."""
    metrics = _metrics()

    def value(weights: np.ndarray) -> float:
        return metrics.cohen_kappa_score(_TRUTH, _SAID, sample_weight=weights)

    return _score(name, counts, value, kappa, "", by)


def average(name: str, parts: Sequence[Estimate]) -> Estimate:
    """The plain mean of scores of separate items. Its interval is made of theirs (MOVER: Zou and Donner 2008), so that parts
    of 0 or 100% do not count as certain."""
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


def _score(
    name: str, counts: np.ndarray, value: Callable[[np.ndarray], float], many: Callable[[np.ndarray], np.ndarray],
    unit: str, by: str,
) -> Estimate | None:  # fmt: skip
    total = counts.sum(axis=0)
    if not total.sum() or math.isnan(float(many(total))):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns where one of the two says only Yes or only No
        exact = float(value(total))
    counts = counts[counts.sum(axis=1) > 0]
    spread = bootstrap(name, len(counts), lambda weights: many(weights @ counts), int(total.sum()), unit, by)
    return replace(spread, value=exact)


def _divide(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(under > 0, over / under, np.nan)


def _metrics():  # type: ignore[no-untyped-def]  # the module sklearn.metrics
    try:
        from sklearn import metrics
    except ImportError:
        raise missing_package("scikit-learn", "eval", "F1 and kappa") from None
    return metrics
