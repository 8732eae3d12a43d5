"""Intervals for every package: Wilson's, for shares, and Student's, for means of a few runs."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

Z = 1.959963984540054
"""The 97.5% point of the standard normal distribution: intervals are of 95%."""


def wilson(p: float, n: float) -> tuple[float, float]:
    """The interval of a share p of n independent outcomes (Wilson 1927)."""
    middle, half = p + Z * Z / (2 * n), Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + Z * Z / n)), min(1.0, (middle + half) / (1 + Z * Z / n))


_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)  # fmt: skip


def t_point(freedom: int) -> float:
    """The 97.5% point of Student's t: from the table up to 30 degrees of freedom, then by expansion in 1/freedom (Abramowitz
    and Stegun 26.7.5), right to 0.001."""
    if freedom < 1:
        raise ValueError(f"degrees of freedom must be at least 1, not {freedom}")
    if freedom <= len(_T):
        return _T[freedom - 1]
    return Z + (Z**3 + Z) / (4 * freedom) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * freedom**2)


def student(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and 95% interval of the mean of independent runs, such as seeds (Student 1908); NaN as interval of one run."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return mean, math.nan, math.nan
    half = t_point(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return mean, mean - half, mean + half
