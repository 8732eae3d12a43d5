"""Texts as sets of n-grams, rarest first: the input of the prefix index.

Repeats are numbered (the k-th copy of an n-gram is a separate element), so that clipped matches are plain intersections.
Elements that occur once in the corpus match nothing and are left out; the others get dense numbers in the order of their
frequency, rarest first. Elements are identified by hash. Two that collide count as one, which can only make a pair look more
similar than it is: pairs are verified by token ids later.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from spar_data.prompts.seeds.selfbleu.bleu import Bounds

_CHUNK = 50_000  # texts per task
_MOST_BITS = 29  # the largest table of counts has 2^29 entries of 4 bytes


class Texts(NamedTuple):
    """Texts in the order in which the filter meets them: text i is `ids[starts[i]:starts[i] + lengths[i]]`."""

    ids: NDArray
    starts: NDArray
    lengths: NDArray


class Sets(NamedTuple):
    """For every text and n-gram order that the bounds need, the elements that other texts share, rarest first.

    slots    uint32: element numbers, end to end; row 4 * text + order - 1 is `slots[offsets[row]:offsets[row + 1]]`.
    offsets  int64[4 * texts + 1].
    count    number of distinct elements.
    """

    slots: NDArray
    offsets: NDArray
    count: int


def element_sets(texts: Texts, bound: Bounds, pool: Executor, advance: Callable[[str, int], None]) -> Sets:
    """Counts every element, then writes each text's set. The result is the same for any number of workers."""
    n = len(texts.lengths)
    grams = _totals(texts.lengths, bound.order, bound.stored)
    sizes = [1 << min(_MOST_BITS, max(4, int(2 * g).bit_length())) if g else 0 for g in grams]
    base = np.concatenate(([0], np.cumsum(sizes)))
    table = np.zeros(int(base[-1]), dtype=np.uint32)
    for low in range(0, n, _CHUNK):
        high = min(n, low + _CHUNK)
        _count(texts, low, high, bound.order, bound.stored, base, table)
        advance("count", high - low)
    count = _number_by_frequency(table)

    def write(low: int) -> tuple[NDArray, NDArray]:
        return _write(texts, low, min(n, low + _CHUNK), bound.order, bound.stored, base, table)

    chunks = []
    for chunk in pool.map(write, range(0, n, _CHUNK)):
        chunks.append(chunk)
        advance("index", len(chunk[1]) // 4)
    widths = np.concatenate([c[1] for c in chunks])
    return Sets(np.concatenate([c[0] for c in chunks]), np.concatenate(([0], np.cumsum(widths))), count)


@numba.njit(cache=True, nogil=True)
def _totals(lengths: NDArray, order: NDArray, stored: NDArray) -> NDArray:
    """The number of n-grams of each order that the bounds need."""
    grams = np.zeros(4, dtype=np.int64)
    for length in lengths:
        for n in range(1, 5):
            if order[length] == n or stored[n - 1, length] > 0:
                grams[n - 1] += max(0, length - n + 1)
    return grams


@numba.njit(cache=True, nogil=True, inline="always")
def _mix(x: np.uint64) -> np.uint64:
    x = (x ^ (x >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return x ^ (x >> np.uint64(32))


@numba.njit(cache=True, nogil=True)
def cells_for(grams: int) -> int:
    """The size of a hash table: a power of two, at most half full."""
    cells = 16
    while cells < 2 * grams:
        cells *= 2
    return cells


@numba.njit(cache=True, nogil=True)
def _scratch(texts: Texts, low: int, high: int) -> tuple:
    """Memory for `_buckets`: the output, and a hash table of (gram, copies) whose cells hold for one (text, order)."""
    longest = texts.lengths[low:high].max()
    cells = cells_for(longest)
    return (
        np.empty(longest, np.uint64), np.empty(cells, np.uint64), np.empty(cells, np.uint64), np.zeros(cells, np.int64)
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _buckets(texts: Texts, text: int, n: int, size: int, scratch: tuple) -> int:
    """Writes the buckets (below `size`, a power of two) of the elements of one text and order; returns their number."""
    out, grams, copies, owner = scratch
    ids, start, length = texts.ids, texts.starts[text], texts.lengths[text]
    mask = cells_for(length) - 1
    stamp = 4 * text + n
    for i in range(length - n + 1):
        x = np.uint64(n)
        for j in range(n):
            x = (x ^ np.uint64(ids[start + i + j])) * np.uint64(0x9E3779B97F4A7C15)
            x ^= x >> np.uint64(29)
        x = _mix(x)
        cell = np.int64(x >> np.uint64(40)) & mask
        while owner[cell] == stamp and grams[cell] != x:
            cell = (cell + 1) & mask
        if owner[cell] == stamp:
            copies[cell] += np.uint64(1)
            x = _mix(x + copies[cell] * np.uint64(0x9E3779B97F4A7C15))
        else:
            owner[cell] = stamp
            grams[cell] = x
            copies[cell] = 0
        out[i] = x & np.uint64(size - 1)
    return max(0, length - n + 1)


@numba.njit(cache=True, nogil=True)
def _count(texts: Texts, low: int, high: int, order: NDArray, stored: NDArray, base: NDArray, table: NDArray) -> None:
    """Adds the elements of some texts to the counts."""
    scratch = _scratch(texts, low, high)
    for text in range(low, high):
        length = texts.lengths[text]
        for n in range(1, 5):
            if order[length] == n or stored[n - 1, length] > 0:
                for i in range(_buckets(texts, text, n, base[n] - base[n - 1], scratch)):
                    table[base[n - 1] + np.int64(scratch[0][i])] += np.uint32(1)


@numba.njit(cache=True, nogil=True)
def _number_by_frequency(table: NDArray) -> int:
    """Replaces each count by 1 + the element's number (by ascending count), and counts below 2 by 0."""
    top = 1 << 16
    at = np.zeros(top + 1, dtype=np.int64)
    for c in table:
        if c > 1:
            at[min(c, top)] += 1
    total = 0
    for c in range(top + 1):
        total, at[c] = total + at[c], total
    for i in range(len(table)):
        c = table[i]
        if c > 1:
            c = min(c, top)
            at[c] += 1
            table[i] = at[c]
        else:
            table[i] = 0
    return total


@numba.njit(cache=True, nogil=True)
def _write(texts: Texts, low: int, high: int, order: NDArray, stored: NDArray, base: NDArray, table: NDArray) -> tuple:
    """(slots, number of slots by text and order) of some texts."""
    slots = np.empty(_totals(texts.lengths[low:high], order, stored).sum(), dtype=np.uint32)
    widths = np.zeros(4 * (high - low), dtype=np.int64)
    scratch = _scratch(texts, low, high)
    end = 0
    for text in range(low, high):
        length = texts.lengths[text]
        for n in range(1, 5):
            if order[length] == n or stored[n - 1, length] > 0:
                begin = end
                for i in range(_buckets(texts, text, n, base[n] - base[n - 1], scratch)):
                    number = table[base[n - 1] + np.int64(scratch[0][i])]
                    if number:
                        slots[end] = number - 1
                        end += 1
                slots[begin:end].sort()
                widths[4 * (text - low) + n - 1] = end - begin
    return slots[:end].copy(), widths
