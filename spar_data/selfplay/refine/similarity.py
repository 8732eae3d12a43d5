"""How much of a text is left in another one."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence

_MOST = 20_000  # units compared at once: about a tenth of a second


def similarity(one: str, other: str) -> float:
    """From 0 to 1: twice the characters in common, in order, by the characters of both (as difflib's ratio, but with the
    longest common subsequence, so that it is the same both ways and no guess for long texts). 1 for two empty texts.

    Texts whose middle is longer than 20,000 characters are compared piece by piece there: a lower bound.
    """
    return ratio(one, other)


def word_similarity(one: str, other: str) -> float:
    """The same over words: runs of characters that are no white space."""
    return ratio(re.findall(r"\S+", one), re.findall(r"\S+", other))


def ratio(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """The same over units of any kind."""
    total = len(one) + len(other)
    if not total:
        return 1.0
    shorter = min(len(one), len(other))
    start = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    end = next((i for i in range(shorter - start) if one[-1 - i] != other[-1 - i]), shorter - start)
    one, other = one[start : len(one) - end], other[start : len(other) - end]
    common = start + end
    for at in range(0, max(len(one), len(other)), _MOST):
        common += _common(one[at : at + _MOST], other[at : at + _MOST])
    return 2 * common / total


def _common(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """Length of the longest common subsequence, one row of the table as one large integer (Hyyro 2004, bit-parallel)."""
    if not one or not other:
        return 0
    places: dict[Hashable, int] = {}
    for at, unit in enumerate(one):
        places[unit] = places.get(unit, 0) | 1 << at
    full = (1 << len(one)) - 1
    row = full
    for unit in other:
        hit = row & places.get(unit, 0)
        row = ((row + hit) | (row - hit)) & full
    return len(one) - row.bit_count()
