"""Ratings from battles: the Bradley-Terry model, in Elo points."""

from __future__ import annotations

import math
from collections.abc import Sequence

_ROUNDS = 10_000


def elo(wins: Sequence[Sequence[float]], prior: float = 0.5) -> list[float]:
    """Ratings with mean 0 that make the battles most likely; `wins[m][n]` is how much m won against n.

    prior: wins that each has against each beforehand; without it one who never lost would be infinitely good. 400 points
    more is ten wins to one. Hunter 2004, the MM algorithm: rows in, one rating each out.
    """
    size = len(wins)
    if size < 2:
        return [0.0] * size
    total = [[wins[m][n] + wins[n][m] + 2 * prior if m != n else 0.0 for n in range(size)] for m in range(size)]
    won = [sum(wins[m][n] + prior for n in range(size) if n != m) for m in range(size)]
    strength = [1.0] * size
    for _ in range(_ROUNDS):
        fresh = [
            won[m] / sum(total[m][n] / (strength[m] + strength[n]) for n in range(size) if n != m) for m in range(size)
        ]
        mean = math.exp(sum(map(math.log, fresh)) / size)
        fresh = [each / mean for each in fresh]
        moved = max(abs(new / old - 1) for new, old in zip(fresh, strength, strict=True))
        strength = fresh
        if moved < 1e-12:
            break
    return [400 * math.log10(each) for each in strength]
