"""Wilson's score interval, for shares in every package."""

from __future__ import annotations

import math

Z = 1.959963984540054
"""The 97.5% point of the standard normal distribution: intervals are of 95%."""


def wilson(p: float, n: float) -> tuple[float, float]:
    """The interval of a share p of n independent outcomes (Wilson 1927)."""
    middle, half = p + Z * Z / (2 * n), Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + Z * Z / n)), min(1.0, (middle + half) / (1 + Z * Z / n))
