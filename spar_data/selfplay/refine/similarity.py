"""Measures how much of a text is left in another one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

_PIECE = 20_000  # units compared at once: about a tenth of a second


def similarity(one: Sequence[Hashable], other: Sequence[Hashable]) -> float:
    """The similarity of two texts or sequences, from 0 to 1: twice the length of their longest common subsequence by the
    length of both.

    In contrast to the ratio of difflib it is symmetric, and exact for long texts. Two empty texts have 1. Of texts whose
    different middle is longer than 20,000 characters the middles are compared piece by piece, which gives a lower bound.
    """
    total = len(one) + len(other)
    if not total:
        return 1.0
    start, end = equal_ends(one, other)
    one, other = one[start : len(one) - end], other[start : len(other) - end]
    common = start + end
    for at in range(0, max(len(one), len(other)), _PIECE):
        common += _common(one[at : at + _PIECE], other[at : at + _PIECE])
    return 2 * common / total


def word_similarity(one: str, other: str) -> float:
    """The same over words, separated by white space."""
    return similarity(one.split(), other.split())


def equal_ends(one: Sequence[Hashable], other: Sequence[Hashable]) -> tuple[int, int]:
    """How many units are equal at the beginning and, of the others, at the end."""
    shorter = min(len(one), len(other))
    start = next((i for i in range(shorter) if one[i] != other[i]), shorter)
    return start, next((i for i in range(shorter - start) if one[-1 - i] != other[-1 - i]), shorter - start)


def _common(one: Sequence[Hashable], other: Sequence[Hashable]) -> int:
    """The length of the longest common subsequence, bit-parallel: one row of the table is one large integer (Hyyro 2004)."""
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
