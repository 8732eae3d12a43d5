"""The exact decision on one pair of texts, by token ids, with an early exit."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from spar_data.prompts.seeds.selfbleu.bleu import Bounds, sentence_bleu
from spar_data.prompts.seeds.selfbleu.grams import Texts, cells_for


class BleuRule(NamedTuple):
    """The rule of decision: two texts are too similar if their BLEU (0-100) is above `limit`."""

    limit: float
    smoothing: int
    value: float
    effective: bool


class Workspace(NamedTuple):
    """Scratch memory of one worker: the n-grams of one text, prepared for many candidates.

    The distinct tokens of the text get local numbers from 1, so that an n-gram is one exact 64-bit key.

    number         int64[vocabulary], by token id: probe << 16 | local number.
    copies, spent  int32 by local number: copies of the token in the text, and copies that the candidate has used up.
    mapped_text, mapped_other   the texts in local numbers (0 = not in the text).
    owner, key, count, user, used   hash tables of the orders n = 2..4 (first axis: n - 2): the probe for which the cell
                   holds, the n-gram, its copies in the text, the last candidate that used it, and how often.
    built          int64[5]: the probe for which order n is prepared; at 0 the number of distinct tokens.
    serial         int64[1]: the present probe, raised by the caller.
    matches, totals   float64[4].
    """

    number: NDArray
    copies: NDArray
    spent: NDArray
    mapped_text: NDArray
    mapped_other: NDArray
    owner: NDArray
    key: NDArray
    count: NDArray
    user: NDArray
    used: NDArray
    built: NDArray
    serial: NDArray
    matches: NDArray
    totals: NDArray


def workspace(longest: int, vocabulary: int) -> Workspace:
    """Memory for texts of at most `longest` tokens and their candidates, with token ids below `vocabulary`."""
    cells = (3, cells_for(longest))
    return Workspace(
        np.zeros(vocabulary, np.int64),
        *(np.zeros(longest + 1, np.int32) for _ in range(2)),
        *(np.zeros(longest, np.uint16) for _ in range(2)),
        np.zeros(cells, np.int64), np.zeros(cells, np.uint64), *(np.zeros(cells, np.int32) for _ in range(3)),
        built=np.zeros(5, np.int64), serial=np.zeros(1, np.int64), matches=np.zeros(4), totals=np.zeros(4),
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def verify(
    text: int, other: int, order: int, shared: int, texts: Texts, bound: Bounds, rule: BleuRule, work: Workspace
) -> float:
    """BLEU(text | other) on 0-100, or 0.0 as soon as it is certain to be at most t.

    shared: an upper bound of the shared n-grams of the given order. At order 4 the product of the precisions must exceed
    t^4 / BP^4. With M4 <= shared, M2 and M3 <= M1, the unigrams alone decide most pairs, usually before the text is read
    to its end; the 3-grams decide nearly all others.
    """
    length, reference = texts.lengths[text], texts.lengths[other]
    matches, totals = work.matches, work.totals
    for n in range(1, 5):
        totals[n - 1] = max(0, length - n + 1)
    if order < 4:  # for short texts, a bound costs more than it saves
        for n in range(1, 5):
            matches[n - 1] = _count(text, other, n, 0, texts, work)
        return sentence_bleu(matches, totals, length, reference, rule.smoothing, rule.value, rule.effective)
    add = bound.add
    limit = bound.factor * (totals[3] + add) / (shared + add)  # p1 p2 p3 must exceed it
    if reference > length:
        limit /= np.exp(4 * (1 - reference / length))
    least = np.cbrt(limit * totals[0] * (totals[1] + add) * (totals[2] + add)) - add
    matches[0] = _count(text, other, 1, _above(least), texts, work)
    if matches[0] < _above(least):
        return 0.0
    limit *= totals[0] / matches[0]  # p2 p3 must
    least = limit * (totals[1] + add) / (min(matches[0], totals[1]) + add) * (totals[2] + add) - add
    matches[2] = _count(text, other, 3, _above(least), texts, work)
    if matches[2] < _above(least):
        return 0.0
    least = limit * (totals[2] + add) / (matches[2] + add) * (totals[1] + add) - add
    matches[1] = _count(text, other, 2, _above(least), texts, work)
    if matches[1] < _above(least):
        return 0.0
    matches[3] = _count(text, other, 4, 0, texts, work)
    return sentence_bleu(matches, totals, length, reference, rule.smoothing, rule.value, rule.effective)


@numba.njit(cache=True, nogil=True, inline="always")
def _above(x: float) -> int:
    """The least integer above x, or one less where rounding may have raised x."""
    return np.int64(np.floor(x * (1 - 1e-9))) + 1


@numba.njit(cache=True, nogil=True)
def _count(text: int, other: int, n: int, least: int, texts: Texts, work: Workspace) -> int:
    """Clipped matches of one order. Prepares the table of the text if needed; may stop early below `least`."""
    length, reference = texts.lengths[text], texts.lengths[other]
    if work.built[n] != work.serial[0]:
        work.built[n] = work.serial[0]
        if n == 1:
            _number_tokens(texts.ids, texts.starts[text], length, work)
        else:
            _build(length, n, work)
    if n == 1:
        return _map(texts.ids, texts.starts[other], reference, least, work)
    return _matches(reference, other, length, n, least, work)


@numba.njit(cache=True, nogil=True, inline="always")
def _find(key: np.uint64, mask: int, owner: NDArray, keys: NDArray, serial: int) -> int:
    """The cell that holds the key, or the free one for it."""
    cell = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & mask
    while owner[cell] == serial and keys[cell] != key:
        cell = (cell + 1) & mask
    return cell


@numba.njit(cache=True, nogil=True)
def _number_tokens(ids: NDArray, start: int, length: int, work: Workspace) -> None:
    """Gives the tokens of the text local numbers and counts them."""
    number, copies, mapped, head = work.number, work.copies, work.mapped_text, work.serial[0] << 16
    distinct = 0
    for i in range(length):
        token = ids[start + i]
        if number[token] < head:
            distinct += 1
            number[token] = head + distinct
            copies[distinct] = 0
        mapped[i] = number[token] - head
        copies[mapped[i]] += 1
    work.built[0] = distinct


@numba.njit(cache=True, nogil=True)
def _map(ids: NDArray, start: int, reference: int, least: int, work: Workspace) -> int:
    """Writes the candidate in local numbers and returns the clipped unigram matches; stops early as `_matches` does."""
    number, copies, spent, mapped, head = work.number, work.copies, work.spent, work.mapped_other, work.serial[0] << 16
    for local in range(1, work.built[0] + 1):
        spent[local] = 0
    spare = reference - least  # tokens that may have no match
    for i in range(reference):
        local = max(0, number[ids[start + i]] - head)
        mapped[i] = local
        if local and spent[local] < copies[local]:
            spent[local] += 1
        else:
            spare -= 1
            if spare < 0:
                break
    return least + spare


@numba.njit(cache=True, nogil=True)
def _build(length: int, n: int, work: Workspace) -> None:
    """Enters the n-grams of the text (n = 2, 3, 4) with their counts."""
    owner, keys, count, user, mapped = (
        work.owner[n - 2],
        work.key[n - 2],
        work.count[n - 2],
        work.user[n - 2],
        work.mapped_text,
    )
    serial, mask = work.serial[0], cells_for(length) - 1
    key, window = np.uint64(0), np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - 16 * n)
    for i in range(length):
        key = (key << np.uint64(16) | np.uint64(mapped[i])) & window
        if i >= n - 1:
            cell = _find(key, mask, owner, keys, serial)
            if owner[cell] != serial:
                owner[cell], keys[cell], count[cell], user[cell] = serial, key, 0, -1
            count[cell] += 1


@numba.njit(cache=True, nogil=True)
def _matches(reference: int, other: int, length: int, n: int, least: int, work: Workspace) -> int:
    """Clipped matches of order n = 2, 3, 4: n-grams of the candidate in the table, each at most as often as in the text.

    Stops early, with the matches so far, when `least` is out of reach.
    """
    owner, keys, count = work.owner[n - 2], work.key[n - 2], work.count[n - 2]
    user, used, mapped = work.user[n - 2], work.used[n - 2], work.mapped_other
    serial, mask = work.serial[0], cells_for(length) - 1
    key, window = np.uint64(0), np.uint64(0xFFFFFFFFFFFFFFFF) >> np.uint64(64 - 16 * n)
    run = 0  # consecutive tokens up to here that the text contains
    matched = 0
    for i in range(reference):
        key = (key << np.uint64(16) | np.uint64(mapped[i])) & window
        run = run + 1 if mapped[i] else 0
        if run >= n:
            cell = _find(key, mask, owner, keys, serial)
            if owner[cell] == serial:
                if user[cell] != other:
                    user[cell], used[cell] = other, 0
                if used[cell] < count[cell]:
                    used[cell] += 1
                    matched += 1
                    continue
        if matched + reference - max(i, n - 2) - 1 < least:
            break
    return matched
