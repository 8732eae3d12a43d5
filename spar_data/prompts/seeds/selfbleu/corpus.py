"""The mode `corpus`: a text is dropped if its BLEU with all kept texts as references is above t.

One table holds, for every n-gram of the kept texts, the highest count in any of them; with the lengths of the kept texts
that is all multi-reference BLEU asks for. Linear in the tokens. The score grows with the number of kept texts, so a
threshold means little without it.
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
from spar_data.prompts.seeds.selfbleu.verify import Score

_STEP = 50_000  # texts between two reports
DROPPED = 0  # what `cause` holds for a dropped text: no single text caused it


class _Table(NamedTuple):
    """Open addressing. place: int64, 4 * (position of the n-gram in the token ids) + n, 0 = free; most: int32, its
    highest count in one text."""

    place: NDArray
    most: NDArray


def corpus(
    tokens: Tokens,
    config: SelfBleuConfig,
    order: NDArray[np.int64] | None = None,
    advance: Callable[[str, int], None] = lambda phase, texts: None,
) -> Decisions:
    """Filters texts in the given order (None: as they are). As `pairwise`, but `cause` only says kept or dropped."""
    texts = in_order(tokens, order)
    n = len(texts.lengths)
    cause, score = np.full(n, KEPT, dtype=np.int64), np.full(n, np.nan)
    longest = int(texts.lengths.max(initial=0))
    rule = Score(100 * config.threshold, config.smoothing_code, config.value, config.effective_order)
    lengths = np.zeros(longest + 2, dtype=np.int64)  # kept texts by length
    cells = 1 << max(4, (2 * longest).bit_length())
    scratch = (
        np.zeros(cells, np.int64), np.zeros(cells, np.int64), np.zeros(cells, np.int32), np.zeros(cells, np.int64),
        np.zeros(1, np.int64),
    )  # fmt: skip
    table = _empty(1 << 20)
    used = kept = text = 0
    while text < n:
        if 2 * (used + 4 * longest) > len(table.place):  # room for one more text, whatever it holds
            grown = _empty(2 * len(table.place))
            _rehash(texts.ids, table, grown)
            table = grown
            continue
        stop = min(n, text + _STEP)
        before = text
        text, used, kept = _greedy(
            text, stop, used, kept, config.max_kept or n, texts, lengths, table, rule, scratch, cause, score
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
    """The cell of the n-gram at a position, or the free one for it; compared on token ids."""
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
    place, most = new.place, new.most
    for cell in range(len(old.place)):
        packed = old.place[cell]
        if packed:
            target = _find(ids, (packed - 1) >> 2, ((packed - 1) & 3) + 1, place)
            place[target] = packed
            most[target] = old.most[cell]


@numba.njit(cache=True, nogil=True)
def _distinct(ids: NDArray, start: int, length: int, n: int, scratch: tuple) -> int:
    """Counts the n-grams of one text; returns how many differ, their cells are the beginning of `cells`."""
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
    text: int, stop: int, used: int, kept: int, limit: int, texts: Texts, kept_lengths: NDArray, table: _Table,
    rule: Score, scratch: tuple, cause: NDArray, score: NDArray,
) -> tuple:  # fmt: skip
    ids, place, most = texts.ids, table.place, table.most
    _, first, count, cells, _ = scratch
    matches, totals = np.zeros(4), np.zeros(4)
    longest = len(kept_lengths) - 2
    while text < stop and 2 * (used + 4 * longest) <= len(place):
        start, length = texts.starts[text], texts.lengths[text]
        if kept >= limit:
            cause[text] = UNREACHED
            text += 1
            continue
        for n in range(1, 5):
            totals[n - 1] = max(0, length - n + 1)
            matches[n - 1] = 0
            for cell in cells[: _distinct(ids, start, length, n, scratch)]:
                found = _find(ids, first[cell], n, place)
                if place[found]:
                    matches[n - 1] += min(count[cell], most[found])
        bleu = 0.0
        if kept and length:
            reference = _closest(kept_lengths, length)
            bleu = sentence_bleu(matches, totals, length, reference, rule.smoothing, rule.value, rule.effective)
        if bleu > rule.limit:
            cause[text] = DROPPED
            score[text] = bleu
        else:
            kept += 1
            kept_lengths[length] += 1
            for n in range(1, 5):
                for cell in cells[: _distinct(ids, start, length, n, scratch)]:
                    found = _find(ids, first[cell], n, place)
                    if place[found] == 0:
                        place[found] = 4 * first[cell] + n
                        most[found] = 0
                        used += 1
                    most[found] = max(most[found], count[cell])
        text += 1
    return text, used, kept


@numba.njit(cache=True, nogil=True)
def _closest(kept_lengths: NDArray, length: int) -> int:
    """The kept length closest to `length`, the shorter of two equally close ones, as sacreBLEU does."""
    for distance in range(len(kept_lengths) + length):
        if length - distance >= 0 and kept_lengths[length - distance]:
            return length - distance
        if length + distance < len(kept_lengths) and kept_lengths[length + distance]:
            return length + distance
    return 0
