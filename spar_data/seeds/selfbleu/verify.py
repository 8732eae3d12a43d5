"""The exact decision on one pair, on token ids, with an early exit."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from spar_data.seeds.selfbleu.bleu import Bounds, sentence_bleu
from spar_data.seeds.selfbleu.grams import Texts


class Score(NamedTuple):
    """The decision: a pair is one too similar if its BLEU (0-100) is above `limit`."""

    limit: float
    smoothing: int
    value: float
    effective: bool


class Workspace(NamedTuple):
    """Scratch of one worker: per n-gram order a hash table over the n-grams of one text.

    owner (int64) says which probe filled a cell, first where its n-gram first stands, count how often; used how many
    of these the candidate `user` has matched. All [4, cells]. built: int64[4], the probe for which the order's table
    holds; serial int64[1]: the present probe, which its caller raises; matches and totals: float64[4].
    """

    owner: NDArray
    first: NDArray
    count: NDArray
    used: NDArray
    user: NDArray
    built: NDArray
    serial: NDArray
    matches: NDArray
    totals: NDArray


def workspace(longest: int) -> Workspace:
    """For texts of at most `longest` tokens."""
    shape = (4, _mask(longest) + 1)
    cells = [np.zeros(shape, np.int32) for _ in range(3)]
    return Workspace(
        np.zeros(shape, np.int64), np.zeros(shape, np.int64), *cells,
        built=np.zeros(4, np.int64), serial=np.zeros(1, np.int64), matches=np.zeros(4), totals=np.zeros(4),
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def verify(
    text: int, other: int, order: int, most: int, texts: Texts, bound: Bounds, score: Score, work: Workspace
) -> float:
    """BLEU(text | other) on 0-100, or 0.0 as soon as it is sure to stay at or below t.

    most: an upper bound of the shared n-grams of the given order. At order 4 the product of the precisions must exceed
    t^4 / BP^4: starting from `most` and taking n = 3, 2, 1 in turn, each order needs so many matches that unlike texts
    are left after a few tokens; the 4-grams are counted last.
    """
    length, reference = texts.lengths[text], texts.lengths[other]
    product, limit = 1.0, bound.factor
    if order == 4:
        product = (most + bound.add) / (length - 3 + bound.add)
        if reference > length:
            limit /= np.exp(4 * (1 - reference / length))
    for n in (3, 2, 1, 4):
        total = max(0, length - n + 1)
        least = 0
        add = bound.add if n > 1 else 0.0
        if order == 4 and n < 4:
            least = np.int64(np.floor(limit / product * (total + add) * (1 - 1e-9) - add)) + 1
        matched = _matches(text, other, total, reference - n + 1, n, least, texts, work)
        if matched < least:
            return 0.0
        if n < 4:
            product *= (matched + add) / (total + add) if total else 1.0
        work.matches[n - 1] = matched
        work.totals[n - 1] = total
    return sentence_bleu(work.matches, work.totals, length, reference, score.smoothing, score.value, score.effective)


@numba.njit(cache=True, nogil=True)
def _mask(total: int) -> int:
    cells = 16
    while cells < 2 * total:
        cells *= 2
    return cells - 1


@numba.njit(cache=True, nogil=True, inline="always")
def _find(ids: NDArray, at: int, n: int, mask: int, work: Workspace) -> int:
    """The cell of an n-gram in the table of its order: the one that holds equal token ids, or the free one for it."""
    x = np.uint64(0)
    for j in range(n):
        x = (x ^ np.uint64(ids[at + j])) * np.uint64(0x9E3779B97F4A7C15)
        x ^= x >> np.uint64(29)
    cell = np.int64(x) & mask
    while work.owner[n - 1, cell] == work.serial[0]:
        first = work.first[n - 1, cell]
        same = True
        for j in range(n):
            if ids[first + j] != ids[at + j]:
                same = False
                break
        if same:
            break
        cell = (cell + 1) & mask
    return cell


@numba.njit(cache=True, nogil=True)
def _build(ids: NDArray, start: int, total: int, n: int, work: Workspace) -> None:
    """Enters the n-grams of one text with their counts."""
    mask = _mask(total)
    for at in range(start, start + total):
        cell = _find(ids, at, n, mask, work)
        if work.owner[n - 1, cell] != work.serial[0]:
            work.owner[n - 1, cell] = work.serial[0]
            work.first[n - 1, cell] = at
            work.count[n - 1, cell] = 0
            work.user[n - 1, cell] = -1
        work.count[n - 1, cell] += 1
    work.built[n - 1] = work.serial[0]


@numba.njit(cache=True, nogil=True)
def _matches(
    text: int, other: int, total: int, other_total: int, n: int, least: int, texts: Texts, work: Workspace
) -> int:
    """Clipped matches: n-grams of the candidate found in the table, each as often as the text has it. Gives up, with
    what it has, when `least` is out of reach."""
    if total == 0 or other_total < least:
        return 0
    if work.built[n - 1] != work.serial[0]:
        _build(texts.ids, texts.starts[text], total, n, work)
    mask = _mask(total)
    matched = 0
    start = texts.starts[other]
    for i in range(other_total):
        cell = _find(texts.ids, start + i, n, mask, work)
        if work.owner[n - 1, cell] == work.serial[0]:
            if work.user[n - 1, cell] != other:
                work.user[n - 1, cell] = other
                work.used[n - 1, cell] = 0
            if work.used[n - 1, cell] < work.count[n - 1, cell]:
                work.used[n - 1, cell] += 1
                matched += 1
                continue
        if matched + other_total - i - 1 < least:
            break
    return matched
