"""Estimates from clustered outcomes: shares with a formula, any statistic with a bootstrap. Pure functions of counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence

import numpy as np

from spar_data.core.intervals import Estimate, wilson, wilson_interval


def clustered(name: str, clusters: Sequence[tuple[float, int]], by: str = "prompt") -> Estimate:
    """Share of outcomes that come in clusters, such as the instructions of one prompt.

    clusters: (passed, outcomes) of each.

    The standard error is that of a ratio of sums over clusters, with the correction G/(G-1) for G clusters (Miller 2024,
    arXiv 2411.00640, section 2.2). The interval is Wilson's for the number of independent outcomes that would have this
    standard error, so that it stays between 0 and 1.
    """
    clusters = [(passed, count) for passed, count in clusters if count]
    n = sum(count for _, count in clusters)
    if not n:
        return Estimate.without_interval(name, math.nan, 0, "no items")
    p = sum(passed for passed, _ in clusters) / n
    groups = len(clusters)
    if groups < 2:
        return Estimate.without_interval(name, p, n, f"one {by} only: no interval")
    squares = math.fsum((passed - p * count) ** 2 for passed, count in clusters)
    stderr = math.sqrt(squares * groups / (groups - 1)) / n
    independent = p * (1 - p) / stderr**2 if stderr else groups
    return Estimate(name, p, n, *wilson_interval(p, independent), stderr, f"clustered by {by}")


def share(name: str, clusters: Collection[Sequence[bool]]) -> Estimate:
    """Share of outcomes by prompt: with Wilson's interval if every prompt has one outcome, else clustered."""
    if all(len(passed) == 1 for passed in clusters):
        return wilson(name, sum(passed[0] for passed in clusters), len(clusters))
    return clustered(name, [(sum(passed), len(passed)) for passed in clusters])


def bootstrap(
    name: str,
    clusters: int,
    statistic: Callable[[np.ndarray], np.ndarray],
    n: int,
    unit: str = "%",
    by: str = "prompt",
    draws: int = 2000,
    seed: int = 0,
    strata: np.ndarray | None = None,
) -> Estimate:
    """Any statistic of clusters, with the percentile interval of a seeded bootstrap.

    statistic: takes weights of shape (draws, clusters), how often each cluster is drawn, and returns `draws` values; with
    all weights 1 it returns the value itself. n: the estimate's n. strata: the stratum of each cluster; every draw keeps
    the sizes of the strata.
    """
    value = float(statistic(np.ones((1, clusters)))[0])
    if clusters < 2:
        return Estimate.without_interval(name, value, n, f"one {by} only: no interval", unit)
    rng = np.random.default_rng(seed)
    values = []
    step = max(1, 4_000_000 // clusters)  # at most 32 MB of weights at a time
    for start in range(0, draws, step):
        values.append(statistic(_weights(rng, clusters, strata, min(step, draws - start))))
    sample = np.concatenate(values)
    sample = sample[np.isfinite(sample)]
    if not len(sample):
        return Estimate.without_interval(name, value, n, "no interval", unit)
    low, high = np.quantile(sample, [0.025, 0.975])
    if low == high:
        return Estimate.without_interval(name, value, n, f"every {by} alike: no interval", unit)
    method = f"bootstrap by {by}, {draws:,} draws, seed {seed}"
    return Estimate(name, value, n, float(low), float(high), float(sample.std(ddof=1)), method, unit)


def _weights(rng: np.random.Generator, clusters: int, strata: np.ndarray | None, draws: int) -> np.ndarray:
    if strata is None:
        return rng.multinomial(clusters, [1 / clusters] * clusters, draws)
    weights = np.zeros((draws, clusters), np.int64)
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)
        weights[:, inside] = rng.multinomial(len(inside), [1 / len(inside)] * len(inside), draws)
    return weights
