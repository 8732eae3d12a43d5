"""A value with its 95% interval, and Wilson's interval of a share."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959963984540054
"""The 97.5% point of the standard normal distribution: all intervals are of 95%."""


@dataclass(frozen=True)
class Estimate:
    """A value with its 95% interval.

    name: of the estimated quantity, "" where the context names it. value, low, high, stderr: shares from 0 to 1 where unit is "%",
    else in `unit`; NaN where undefined. n: number of outcomes that the value is a share or mean of. method: how the
    interval was computed, or why there is none.
    """

    name: str
    value: float
    n: int
    low: float
    high: float
    stderr: float
    method: str
    unit: str = "%"

    @staticmethod
    def without_interval(name: str, value: float, n: int, why: str, unit: str = "%") -> Estimate:
        return Estimate(name, value, n, math.nan, math.nan, math.nan, why, unit)

    @property
    def has_interval(self) -> bool:
        return math.isfinite(self.low)

    def number(self, value: float, signed: bool = False, digits: int = 2) -> str:
        """Formats a number of this unit: '77.08' for the share 0.7708."""
        return f"{100 * value if self.unit == '%' else value:{'+' if signed else ''}.{digits}f}"

    def interval(self, signed: bool = False, digits: int = 2) -> str:
        """'[73.35, 80.42]', or 'no interval'."""
        if not self.has_interval:
            return "no interval"
        return f"[{self.number(self.low, signed, digits)}, {self.number(self.high, signed, digits)}]"

    def sentence(self, signed: bool = False, digits: int = 2) -> str:
        """'77.08% [73.35, 80.42], n = 541 (Wilson)'; a signed one is a difference: '+2.90 points [+1.10, +4.70], ...'."""
        if math.isnan(self.value):
            return f"undefined ({self.method})"
        unit = f" {self.unit}" if self.unit not in ("", "%") else "" if not self.unit else " points" if signed else "%"
        value, interval = self.number(self.value, signed, digits), f" {self.interval(signed, digits)}"
        return f"{value}{unit}{interval if self.has_interval else ''}, n = {self.n:,} ({self.method})"

    def __str__(self) -> str:
        return f"{self.name}: {self.sentence()}" if self.name else self.sentence()


def wilson(name: str, passed: int, n: int) -> Estimate:
    """Share of n independent outcomes, with Wilson's score interval (Wilson 1927)."""
    if not n:
        return Estimate.without_interval(name, math.nan, 0, "no items")
    p = passed / n
    return Estimate(name, p, n, *wilson_interval(p, n), math.sqrt(p * (1 - p) / n), "Wilson")


def wilson_interval(p: float, n: float) -> tuple[float, float]:
    """Wilson's 95% interval of a share p. n: number of independent outcomes, possibly an effective one and no integer."""
    middle, half = p + Z * Z / (2 * n), Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + Z * Z / n)), min(1.0, (middle + half) / (1 + Z * Z / n))
