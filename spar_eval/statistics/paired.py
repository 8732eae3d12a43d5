"""Statistics of two runs on the same items: tests, intervals and the smallest difference that could be detected.

Pure functions of per-item differences. Everything here is paired: the difficulty of an item cancels out, so that much
smaller differences stand out from noise than with two separate intervals. Pairs are (difference, weight) of each item;
the value estimated is sum(difference) / sum(weight), with the number of outcomes as weight.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from spar_data.core.errors import importing
from spar_data.core.intervals import Estimate, Z, wilson_interval

_Z_POWER = 0.8416212335729143  # the 80% point of the standard normal distribution
_EXACT = 200_000_000  # additions that an exact permutation distribution may cost, about 0.3 s


class Tested(NamedTuple):
    """A two-sided p-value and the name of the test."""

    p: float
    test: str


def mcnemar(one: int, other: int) -> float:
    """Exact two-sided p-value (McNemar 1947) for the items that the runs decide differently: `one` in favour of one run,
    `other` in favour of the other. Twice the tail of Binomial(one + other, 1/2), at most 1.
    """
    with importing("scipy", "eval", "paired tests"):
        from scipy.special import bdtr
    return min(1.0, 2 * float(bdtr(min(one, other), one + other, 0.5))) if one != other else 1.0


def sign_flip(differences: Sequence[Fraction], draws: int = 10_000, seed: int = 0) -> Tested:
    """Permutation test clustered by item: under no difference each item's difference could as well have the other sign. p is
    the share of sign patterns whose sum is at least as far from 0.

    The distribution is computed exactly, adding one item after the other. Where that takes too long (many items with many
    different fractions), signs are drawn, and p = (1 + hits) / (1 + draws).
    """
    moved = [difference for difference in differences if difference]
    if not moved:
        return Tested(1.0, "exact permutation")
    scale = math.lcm(*(difference.denominator for difference in moved))
    whole = [int(difference * scale) for difference in moved]
    unit = math.gcd(*whole)
    whole = [size // unit for size in whole]
    sizes, observed = [abs(size) for size in whole], abs(sum(whole))
    total = sum(sizes)
    if max(sizes) == 1:
        return Tested(mcnemar(whole.count(1), whole.count(-1)), "exact permutation")
    if len(sizes) * total <= _EXACT:
        return Tested(_exact(sizes, observed), "exact permutation")
    return Tested(_drawn(np.array(sizes, dtype=float), observed, draws, seed), f"permutation, {draws:,} draws")


def _exact(sizes: Sequence[int], observed: int) -> float:
    """A sum of sizes with random signs is 2 t - total, where t is the sum of a random subset."""
    total = sum(sizes)
    chance = np.zeros(total + 1)
    chance[0] = 1.0
    top = 0
    for size in sizes:
        chance[size : top + size + 1] += chance[: top + 1].copy()
        chance[: top + size + 1] /= 2
        top += size
    reached = np.abs(2 * np.arange(total + 1) - total) >= observed
    return float(min(1.0, chance[reached].sum()))


def _drawn(sizes: np.ndarray, observed: int, draws: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    step = max(1, 8_000_000 // len(sizes))
    hits = 0
    for start in range(0, draws, step):
        signs = rng.integers(0, 2, (min(step, draws - start), len(sizes)), dtype=np.int8) * 2 - 1
        hits += int((np.abs(signs @ sizes) >= observed - 1e-9 * sizes.sum()).sum())
    return (1 + hits) / (1 + draws)


def bootstrap(pairs: Sequence[tuple[Fraction, int]], draws: int = 10_000, seed: int = 0) -> Estimate:
    """Percentile interval of a seeded bootstrap over items.

    Items with equal difference and weight count as one kind, drawn as often as that many items would be: the same
    distribution as drawing items, in a thousandth of the time. Swapping the runs gives the same interval with the other
    sign.
    """
    value, n = _mean(pairs)
    if len(pairs) < 2:
        return Estimate.without_interval("", value, n, "one item only: no interval")
    kinds, mirrored = Counter(pairs), Counter((-d, n) for d, n in pairs)
    flipped = sorted(mirrored.items()) > sorted(kinds.items())
    order = sorted((mirrored if flipped else kinds).items())
    number = np.array([count for _, count in order])
    difference = np.array([float(d) for (d, _), _ in order])
    weight = np.array([n for (_, n), _ in order], dtype=float)
    rng = np.random.default_rng(seed)
    ratios = []
    step = max(1, 4_000_000 // len(order))  # at most 32 MB of counts at a time
    for start in range(0, draws, step):
        counts = rng.multinomial(len(pairs), number / len(pairs), min(step, draws - start))
        ratios.append((counts @ difference) / (counts @ weight))
    sample = np.concatenate(ratios)
    low, high = map(float, np.quantile(sample, [0.025, 0.975]))
    if kinds == mirrored:  # symmetric: any other distance from 0 would be an accident of the draws
        low, high = (low - high) / 2, (high - low) / 2
    elif flipped:
        low, high = -high, -low
    stderr = float(sample.std(ddof=1)) if draws > 1 else math.nan
    return Estimate("", value, n, low, high, stderr, f"paired bootstrap by item, {draws:,} draws, seed {seed}")


def newcombe(both: int, only_b: int, only_a: int, neither: int) -> Estimate:
    """Difference b - a of two paired shares: Newcombe 1998 (Statistics in Medicine 17:2635), method 10."""
    n = both + only_b + only_a + neither
    if not n:
        return Estimate.without_interval("", math.nan, 0, "no items")
    a, b = (both + only_a) / n, (both + only_b) / n
    (low_a, high_a), (low_b, high_b) = wilson_interval(a, n), wilson_interval(b, n)
    product = (both + only_b) * (only_a + neither) * (both + only_a) * (only_b + neither)
    cross = both * neither - only_b * only_a
    phi = (max(cross - n / 2, 0) if cross > 0 else cross) / math.sqrt(product) if product else 0.0
    difference = (only_b - only_a) / n

    def distance(x: float, y: float) -> float:
        return math.sqrt(max(0.0, x * x - 2 * phi * x * y + y * y))

    low, high = difference - distance(b - low_b, high_a - a), difference + distance(high_b - b, a - low_a)
    stderr = math.sqrt(max(0.0, only_a + only_b - (only_b - only_a) ** 2 / n)) / n
    return Estimate("", difference, n, low, high, stderr, "Newcombe's method 10")


def wald(pairs: Sequence[tuple[Fraction, int]]) -> Estimate:
    """Value +- 1.96 standard errors, clustered by item (Miller 2024, arXiv 2411.00640)."""
    groups = len(pairs)
    value, n = _mean(pairs)
    if groups < 2:
        return Estimate.without_interval("", value, n, "one item only: no interval")
    squares = math.fsum((float(d) - value * weight) ** 2 for d, weight in pairs)
    stderr = math.sqrt(squares * groups / (groups - 1)) / n
    return Estimate("", value, n, value - Z * stderr, value + Z * stderr, stderr, "normal, clustered by item")


def _mean(pairs: Sequence[tuple[Fraction, int]]) -> tuple[float, int]:
    n = sum(weight for _, weight in pairs)
    return (float(sum((d for d, _ in pairs), Fraction(0)) / n) if n else math.nan), n


def detectable(pairs: Sequence[tuple[Fraction, int]]) -> float:
    """The true difference that a two-sided test at 5% would detect four times in five, given how much the items moved here.

    (1.960 + 0.842) x sqrt(sum of squared differences) / sum of weights. For one outcome an item this is
    2.80 x sqrt(share of discordant items / items) (Connor 1987, with the variance that holds under no difference).
    """
    weight = sum(n for _, n in pairs)
    return (Z + _Z_POWER) * math.sqrt(math.fsum(float(d) ** 2 for d, _ in pairs)) / weight if weight else math.nan


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values (1979), which keep the chance of any false alarm among all tests below 5%."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted
