"""The prefix index and its probe, which finds a kept text that a text is too similar to.

The posting list of an element holds the kept texts whose prefix contains it, in the order in which they were kept. A posting
is one word: text (32 bits), length (16), elements from here to the end of its set (16). The length window and the position
filter are therefore decided without access to the text. Shared elements are counted per candidate; a text is verified only
if the count reaches the number that BLEU > t requires.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from spar_data.prompts.seeds.selfbleu.bleu import Bounds
from spar_data.prompts.seeds.selfbleu.grams import Sets, Texts
from spar_data.prompts.seeds.selfbleu.verify import BleuRule, Workspace, verify

_SETTLED = -(1 << 30)  # the count of a candidate that is ruled out


class Index(NamedTuple):
    """postings: uint64. The list of element s is `postings[lists[s, 0]:lists[s, 1]]` and grows as texts are kept."""

    postings: NDArray
    lists: NDArray


class Candidates(NamedTuple):
    """Scratch memory of one worker.

    state         int32[texts, 4], within one cache line: the probe for which it holds, the number of shared elements, and
                  the place of the last of them: elements of the probing set up to it, elements of the kept set behind it.
    seen          int32[texts]: the candidates of this probe.
    needs         int32 by length of the candidate - shortest possible: shared elements that BLEU > t requires.
    begins, ends  int64[longest]: the posting lists of the probing prefix.
    """

    state: NDArray
    seen: NDArray
    needs: NDArray
    begins: NDArray
    ends: NDArray


def empty_index(texts: Texts, sets: Sets, bound: Bounds) -> Index:
    """An index with room for every text."""
    begin = _capacities(texts, sets, bound)
    return Index(np.empty(int(begin[-1]), np.uint64), np.stack((begin[:-1], begin[:-1]), axis=1))


def candidates(texts: int, longest: int) -> Candidates:
    """Scratch memory for probes of texts with at most `longest` tokens."""
    begins, ends = (np.zeros(longest, np.int64) for _ in range(2))
    return Candidates(
        np.zeros((texts, 4), np.int32), np.zeros(texts, np.int32), np.zeros(3 * longest + 4, np.int32), begins, ends
    )


@numba.njit(cache=True, nogil=True)
def _stored_prefix(texts: Texts, sets: Sets, bound: Bounds, text: int, n: int) -> int:
    """The number of a text's elements that are posted: all but the last `need - 1`."""
    need = bound.stored[n - 1, texts.lengths[text]]
    row = 4 * text + n - 1
    size = sets.offsets[row + 1] - sets.offsets[row]
    return size - need + 1 if 0 < need <= size else 0


@numba.njit(cache=True, nogil=True)
def _capacities(texts: Texts, sets: Sets, bound: Bounds) -> NDArray:
    """Where each posting list begins if all texts are kept."""
    begin = np.zeros(sets.count + 1, dtype=np.int64)
    slots = sets.slots
    for text in range(len(texts.lengths)):
        for n in range(1, 5):
            low = sets.offsets[4 * text + n - 1]
            for p in range(low, low + _stored_prefix(texts, sets, bound, text, n)):
                if p == low or slots[p] != slots[p - 1]:
                    begin[slots[p] + 1] += 1
    for i in range(sets.count):
        begin[i + 1] += begin[i]
    return begin


@numba.njit(cache=True, nogil=True)
def insert(text: int, texts: Texts, sets: Sets, bound: Bounds, index: Index) -> None:
    """Posts a kept text. Elements that share a bucket are posted once, at the first."""
    slots, postings, lists = sets.slots, index.postings, index.lists
    head = np.uint64(text) << np.uint64(32) | np.uint64(texts.lengths[text]) << np.uint64(16)
    for n in range(1, 5):
        low, high = sets.offsets[4 * text + n - 1], sets.offsets[4 * text + n]
        for p in range(low, low + _stored_prefix(texts, sets, bound, text, n)):
            slot = slots[p]
            if p == low or slot != slots[p - 1]:
                postings[lists[slot, 1]] = head | np.uint64(high - p)
                lists[slot, 1] += 1


@numba.njit(cache=True, nogil=True)
def probe(
    text: int, since: int, texts: Texts, sets: Sets, bound: Bounds, index: Index, rule: BleuRule, scratch: Candidates,
    work: Workspace,
) -> tuple:  # fmt: skip
    """Returns (kept text, BLEU(text | kept text) on 0-100) with BLEU > t, or (-1, 0.0). Only texts >= since are searched."""
    length = texts.lengths[text]
    n = bound.order[length]
    if n == 0:
        return -1, 0.0
    low, high = sets.offsets[4 * text + n - 1], sets.offsets[4 * text + n]
    if high - low < bound.equal[length]:
        return -1, 0.0
    shortest, longest = bound.shortest[length], bound.longest[length]
    _fill_needs(length, n, bound, scratch.needs)
    work.serial[0] += 1  # invalidates the tables of the previous probe
    serial = work.serial[0]
    # Local variables: in numba, each access to an array of a tuple costs a reference count.
    slots, offsets, lengths, postings, lists = sets.slots, sets.offsets, texts.lengths, index.postings, index.lists
    state, seen, needs, begins, ends = scratch
    prefix = high - low - bound.equal[length] + 1
    for i in range(prefix):  # a separate loop, so that the loads that miss the cache overlap
        begins[i] = lists[slots[low + i], 0]
        ends[i] = lists[slots[low + i], 1]
    early = bound.early * length
    count = 0
    for i in range(prefix):
        p = low + i
        slot = slots[p]
        if begins[i] == ends[i] or (i > 0 and slots[p - 1] == slot):
            continue
        run = 1  # elements of this text that fell into one bucket
        while p + run < high and slots[p + run] == slot:
            run += 1
        for e in range(ends[i] - 1, begins[i] - 1, -1):
            word = postings[e]
            other = np.int64(word >> np.uint64(32))
            if other < since:
                break
            reference = np.int64(word >> np.uint64(16)) & 0xFFFF
            if reference < shortest or reference > longest:
                continue
            need = needs[reference - shortest]
            behind = np.int64(word) & 0xFFFF
            if state[other, 0] != serial:
                if need == 0 or min(behind, high - p) < need:
                    continue  # later elements have even fewer elements behind them
                state[other, 0] = serial
                state[other, 1] = 0
                seen[count] = other
                count += 1
            so_far = state[other, 1]
            if so_far < 0:
                continue
            if so_far + min(behind, high - p) < need:
                state[other, 1] = _SETTLED
                continue
            so_far += run
            state[other, 1] = so_far
            state[other, 2] = i + run
            state[other, 3] = behind - 1
            if so_far >= need and so_far >= early:  # shares so much that it is very likely the cause
                bleu = verify(text, other, n, so_far + min(behind - 1, high - p - run), texts, bound, rule, work)
                if bleu > rule.limit:
                    return other, bleu
                state[other, 1] = _SETTLED
    for i in range(count):
        other = seen[i]
        if state[other, 1] < 0:
            continue
        other_high = offsets[4 * other + n]
        shared = state[other, 1] + _common(slots, low + state[other, 2], high, other_high - state[other, 3], other_high)
        if shared >= needs[lengths[other] - shortest]:
            bleu = verify(text, other, n, shared, texts, bound, rule, work)
            if bleu > rule.limit:
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
    """Writes the shared elements that each length of the kept text requires."""
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
