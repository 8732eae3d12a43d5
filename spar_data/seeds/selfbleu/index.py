"""The prefix index and its probe: which kept text, if any, is one too similar?

One posting list per element holds the kept texts whose prefix contains it, in the order in which they were kept. A
posting is one word: text (32 bits), length (16), elements from here to the end of its set (16), so that the length
window and the position filter are settled without touching the text. Shared elements are counted per candidate; a
text is looked at only when the count reaches what BLEU > t needs.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from spar_data.seeds.selfbleu.bleu import Bounds
from spar_data.seeds.selfbleu.grams import Sets, Texts
from spar_data.seeds.selfbleu.verify import Score, Workspace, verify

_SETTLED = -(1 << 30)    # the count of a candidate that needs no further look


class Index(NamedTuple):
    """postings uint64, list of element s is `postings[begin[s]:end[s]]`; `end` grows as texts are kept."""

    postings: NDArray
    begin: NDArray
    end: NDArray


class Candidates(NamedTuple):
    """Scratch of one worker, by text: for which probe it holds, shared elements, and where the last one stood.

    seen, shared, at (position in the probing set): int32[texts]; left (to the end of the kept set): int32[texts];
    found: int32[texts], the candidates of this probe; needs: int32 by length of the candidate - shortest possible.
    """

    seen: NDArray
    shared: NDArray
    at: NDArray
    left: NDArray
    found: NDArray
    needs: NDArray


def empty_index(texts: Texts, sets: Sets, bound: Bounds) -> Index:
    """An index with room for every text."""
    begin = _capacities(texts, sets, bound)
    return Index(np.empty(int(begin[-1]), np.uint64), begin, begin[:-1].copy())


def candidates(texts: int, longest: int) -> Candidates:
    zeros = [np.zeros(texts, np.int32) for _ in range(4)]
    return Candidates(np.full(texts, -1, np.int32), *zeros, needs=np.zeros(3 * longest + 4, np.int32))


@numba.njit(cache=True, nogil=True)
def _stored_prefix(texts: Texts, sets: Sets, bound: Bounds, text: int, n: int) -> int:
    """How many of a text's elements are posted: all but the last `need - 1`."""
    need = bound.stored[n - 1, texts.lengths[text]]
    row = 4 * text + n - 1
    size = sets.offsets[row + 1] - sets.offsets[row]
    return size - need + 1 if 0 < need <= size else 0


@numba.njit(cache=True, nogil=True)
def _capacities(texts: Texts, sets: Sets, bound: Bounds) -> NDArray:
    begin = np.zeros(sets.count + 1, dtype=np.int64)
    for text in range(len(texts.lengths)):
        for n in range(1, 5):
            low = sets.offsets[4 * text + n - 1]
            for p in range(low, low + _stored_prefix(texts, sets, bound, text, n)):
                if p == low or sets.slots[p] != sets.slots[p - 1]:
                    begin[sets.slots[p] + 1] += 1
    for i in range(sets.count):
        begin[i + 1] += begin[i]
    return begin


@numba.njit(cache=True, nogil=True)
def insert(text: int, texts: Texts, sets: Sets, bound: Bounds, index: Index) -> None:
    """Posts a kept text. Elements in one bucket are posted once, at the first."""
    head = np.uint64(text) << np.uint64(32) | np.uint64(texts.lengths[text]) << np.uint64(16)
    for n in range(1, 5):
        low, high = sets.offsets[4 * text + n - 1], sets.offsets[4 * text + n]
        for p in range(low, low + _stored_prefix(texts, sets, bound, text, n)):
            slot = sets.slots[p]
            if p == low or slot != sets.slots[p - 1]:
                index.postings[index.end[slot]] = head | np.uint64(high - p)
                index.end[slot] += 1


@numba.njit(cache=True, nogil=True)
def probe(
    text: int, since: int, texts: Texts, sets: Sets, bound: Bounds, index: Index, score: Score, scratch: Candidates,
    work: Workspace,
) -> tuple:  # fmt: skip
    """Returns (kept text with BLEU(text | kept) > t, that BLEU on 0-100), or (-1, 0.0); looks at kept texts >= since."""
    length = texts.lengths[text]
    n = bound.order[length]
    if n == 0:
        return -1, 0.0
    low, high = sets.offsets[4 * text + n - 1], sets.offsets[4 * text + n]
    if high - low < bound.equal[length]:
        return -1, 0.0
    shortest, longest = bound.shortest[length], bound.longest[length]
    _fill_needs(length, n, bound, scratch.needs)
    work.serial[0] += 1    # invalidates the tables of the previous probe
    serial = work.serial[0]
    found = 0
    p = low
    prefix_end = high - bound.equal[length] + 1
    while p < prefix_end:
        slot = sets.slots[p]
        run = 1    # elements of this text that fell into one bucket
        while p + run < high and sets.slots[p + run] == slot:
            run += 1
        for e in range(index.end[slot] - 1, index.begin[slot] - 1, -1):
            word = index.postings[e]
            other = np.int64(word >> np.uint64(32))
            if other < since:
                break
            reference = np.int64(word >> np.uint64(16)) & 0xFFFF
            if reference < shortest or reference > longest:
                continue
            need = scratch.needs[reference - shortest]
            left = np.int64(word) & 0xFFFF
            if scratch.seen[other] != serial:
                if need == 0 or min(left, high - p) < need:
                    continue    # and so for every later element, which has less left
                scratch.seen[other] = serial
                scratch.shared[other] = 0
                scratch.found[found] = other
                found += 1
            shared = scratch.shared[other]
            if shared < 0:
                continue
            if shared + min(left, high - p) < need:
                scratch.shared[other] = _SETTLED
                continue
            shared += run
            scratch.shared[other] = shared
            scratch.at[other] = p + run - low
            scratch.left[other] = left - 1
            if shared >= need:
                most = shared + min(left - 1, high - p - run)
                bleu = verify(text, other, n, most, texts, bound, score, work)
                if bleu > score.limit:
                    return other, bleu
                scratch.shared[other] = _SETTLED
        p += run
    for i in range(found):
        other = scratch.found[i]
        shared = scratch.shared[other]
        if shared < 0:
            continue
        need = scratch.needs[texts.lengths[other] - shortest]
        other_high = sets.offsets[4 * other + n]
        most = shared + _common(sets.slots, low + scratch.at[other], high, other_high - scratch.left[other], other_high)
        if most >= need:
            bleu = verify(text, other, n, most, texts, bound, score, work)
            if bleu > score.limit:
                return other, bleu
    return -1, 0.0


@numba.njit(cache=True, nogil=True)
def _common(slots: NDArray, a: int, a_end: int, b: int, b_end: int) -> int:
    """The size of the intersection of two sorted ranges."""
    common = 0
    while a < a_end and b < b_end:
        if slots[a] < slots[b]:
            a += 1
        elif slots[a] > slots[b]:
            b += 1
        else:
            common += 1
            a += 1
            b += 1
    return common


@numba.njit(cache=True, nogil=True)
def _fill_needs(length: int, n: int, bound: Bounds, needs: NDArray) -> None:
    shortest, longest = bound.shortest[length], bound.longest[length]
    for reference in range(shortest, longest + 1):
        if n < 4:
            needs[reference - shortest] = bound.short[length, reference]
        elif reference <= length:
            needs[reference - shortest] = bound.equal[length]
        else:
            brevity4 = np.exp(4 * (1 - reference / length))
            x = bound.factor * (length - 3 + bound.add) / brevity4 - bound.add
            needs[reference - shortest] = max(1, np.int64(np.floor(x - 1e-9)) + 1)
