"""The mode `corpus`: a text is dropped if its BLEU with all kept texts as references is above t.

One table holds the highest count of every n-gram in any kept text. Together with the lengths of the kept texts, this is all
that multi-reference BLEU needs. Time is linear in the tokens. The score grows with the number of kept texts, so that a
threshold means little without this number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from spar_data.prompts.seeds.selfbleu.bleu import sentence_bleu
from spar_data.prompts.seeds.selfbleu.grams import Texts
from spar_data.prompts.seeds.selfbleu.pairwise import KEPT, UNREACHED, Decisions, in_order
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import Tokens
from spar_data.prompts.seeds.selfbleu.verify import BleuRule

_STEP = 50_000  # texts between two calls of `advance`
DROPPED = 0  # the `cause` of a dropped text, since no single text caused the drop


class _Table(NamedTuple):
    """A hash table of n-grams with open addressing.

    place: int64, 4 * (position of the n-gram in the token ids) + n; 0 = free. highest: int32, the highest count in one text.
    """

    place: NDArray
    highest: NDArray


def corpus(
    tokens: Tokens,
    config: SelfBleuConfig,
    order: NDArray[np.int64] | None = None,
    advance: Callable[[str, int], None] = lambda phase, texts: None,
) -> Decisions:
    """Filters texts as `pairwise` does, but `cause` only holds KEPT, UNREACHED or DROPPED."""
    texts = in_order(tokens, order)
    n = len(texts.lengths)
    cause, score = np.full(n, KEPT, dtype=np.int64), np.full(n, np.nan)
    longest = int(texts.lengths.max(initial=0))
    rule = BleuRule(100 * config.threshold, config.smoothing_code, config.value, config.effective_order)
    lengths = np.zeros(longest + 2, dtype=np.int64)  # kept texts by length
    cells = 1 << max(4, (2 * longest).bit_length())
    scratch = (
        np.zeros(cells, np.int64), np.zeros(cells, np.int64), np.zeros(cells, np.int32), np.zeros(cells, np.int64),
        np.zeros(1, np.int64),
    )  # fmt: skip
    table = _empty(1 << 20)
    used = kept_count = text = 0
    while text < n:
        if 2 * (used + 4 * longest) > len(table.place):  # room for the n-grams of one more text
            grown = _empty(2 * len(table.place))
            _rehash(texts.ids, table, grown)
            table = grown
            continue
        stop = min(n, text + _STEP)
        before = text
        text, used, kept_count = _greedy(
            text, stop, used, kept_count, config.max_kept or n, texts, lengths, table, rule, scratch, cause, score
        )
        advance("filter", text - before)
    return Decisions(cause, score / 100)


def _empty(cells: int) -> _Table:
    return _Table(np.zeros(cells, np.int64), np.zeros(cells, np.int32))


@numba.njit(cache=True, nogil=True, inline="always")
def _hash(ids: NDArray, at: int, n: int) -> int:
    x = np.uint64(n)
    for j in range(n):
        x = (x ^ np.uint64(ids[at + j])) * np.uint64(0x9E3779B97F4A7C15)
        x ^= x >> np.uint64(29)
    return np.int64(x >> np.uint64(1))


@numba.njit(cache=True, nogil=True, inline="always")
def _find(ids: NDArray, at: int, n: int, place: NDArray) -> int:
    """The cell of the n-gram at a position, or the free one for it. Token ids are compared, not hashes."""
    mask = len(place) - 1
    cell = _hash(ids, at, n) & mask
    while place[cell]:
        other = (place[cell] - 1) >> 2
        if (place[cell] - 1) & 3 == n - 1:
            same = True
            for j in range(n):
                if ids[other + j] != ids[at + j]:
                    same = False
                    break
            if same:
                break
        cell = (cell + 1) & mask
    return cell


@numba.njit(cache=True, nogil=True)
def _rehash(ids: NDArray, old: _Table, new: _Table) -> None:
    place, highest = new.place, new.highest
    for cell in range(len(old.place)):
        packed = old.place[cell]
        if packed:
            target = _find(ids, (packed - 1) >> 2, ((packed - 1) & 3) + 1, place)
            place[target] = packed
            highest[target] = old.highest[cell]


@numba.njit(cache=True, nogil=True)
def _distinct(ids: NDArray, start: int, length: int, n: int, scratch: tuple) -> int:
    """Counts the n-grams of one text. Returns the number of distinct ones; their cells are the first ones of `cells`."""
    owner, first, count, cells, serial = scratch
    serial[0] += 1
    differ = 0
    mask = len(owner) - 1
    for at in range(start, start + length - n + 1):
        cell = _hash(ids, at, n) & mask
        while owner[cell] == serial[0]:
            same = True
            for j in range(n):
                if ids[first[cell] + j] != ids[at + j]:
                    same = False
                    break
            if same:
                break
            cell = (cell + 1) & mask
        if owner[cell] != serial[0]:
            owner[cell], first[cell], count[cell] = serial[0], at, 0
            cells[differ] = cell
            differ += 1
        count[cell] += 1
    return differ


@numba.njit(cache=True, nogil=True)
def _greedy(
    text: int, stop: int, used: int, kept_count: int, limit: int, texts: Texts, kept_lengths: NDArray, table: _Table,
    rule: BleuRule, scratch: tuple, cause: NDArray, score: NDArray,
) -> tuple:  # fmt: skip
    """Decides texts in order until `stop` or until the table is too full for one more text.

    Returns (next text, used cells, number of kept texts).
    """
    ids, place, highest = texts.ids, table.place, table.highest
    _, first, count, cells, _ = scratch
    matches, totals = np.zeros(4), np.zeros(4)
    longest = len(kept_lengths) - 2
    while text < stop and 2 * (used + 4 * longest) <= len(place):
        start, length = texts.starts[text], texts.lengths[text]
        if kept_count >= limit:
            cause[text] = UNREACHED
            text += 1
            continue
        for n in range(1, 5):
            totals[n - 1] = max(0, length - n + 1)
            matches[n - 1] = 0
            for cell in cells[: _distinct(ids, start, length, n, scratch)]:
                target = _find(ids, first[cell], n, place)
                if place[target]:
                    matches[n - 1] += min(count[cell], highest[target])
        bleu = 0.0
        if kept_count and length:
            reference = _closest(kept_lengths, length)
            bleu = sentence_bleu(matches, totals, length, reference, rule.smoothing, rule.value, rule.effective)
        if bleu > rule.limit:
            cause[text] = DROPPED
            score[text] = bleu
        else:
            kept_count += 1
            kept_lengths[length] += 1
            for n in range(1, 5):
                for cell in cells[: _distinct(ids, start, length, n, scratch)]:
                    target = _find(ids, first[cell], n, place)
                    if place[target] == 0:
                        place[target] = 4 * first[cell] + n
                        highest[target] = 0
                        used += 1
                    highest[target] = max(highest[target], count[cell])
        text += 1
    return text, used, kept_count


@numba.njit(cache=True, nogil=True)
def _closest(kept_lengths: NDArray, length: int) -> int:
    """The kept length closest to `length`, the shorter of two equally close ones, as sacreBLEU does."""
    for distance in range(len(kept_lengths) + length):
        if length - distance >= 0 and kept_lengths[length - distance]:
            return length - distance
        if length + distance < len(kept_lengths) and kept_lengths[length + distance]:
            return length + distance
    return 0
