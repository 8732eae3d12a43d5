"""Elo ratings from battles, by the Bradley-Terry model."""

from __future__ import annotations

import math
from collections.abc import Sequence

_ROUNDS = 10_000


def elo(wins: Sequence[Sequence[float]], prior: float = 0.5) -> list[float]:
    """The most likely ratings, with mean 0, by the MM algorithm (Hunter 2004).

    wins: `wins[m][n]` is how much m won against n. prior: wins of each against each that are added beforehand; without it
    a player that never lost would get an infinite rating. 400 points more mean ten wins to one.
    """
    size = len(wins)
    if size < 2:
        return [0.0] * size
    total = [[wins[m][n] + wins[n][m] + 2 * prior if m != n else 0.0 for n in range(size)] for m in range(size)]
    won = [sum(wins[m][n] + prior for n in range(size) if n != m) for m in range(size)]
    strength = [1.0] * size
    for _ in range(_ROUNDS):
        updated = [
            won[m] / sum(total[m][n] / (strength[m] + strength[n]) for n in range(size) if n != m) for m in range(size)
        ]
        mean = math.exp(sum(map(math.log, updated)) / size)
        updated = [value / mean for value in updated]
        change = max(abs(new / old - 1) for new, old in zip(updated, strength, strict=True))
        strength = updated
        if change < 1e-12:
            break
    return [400 * math.log10(value) for value in strength]
