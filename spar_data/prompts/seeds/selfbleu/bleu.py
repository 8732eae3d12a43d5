"""Sentence BLEU from its sufficient statistics, and the n-grams that two texts must share to reach a score.

`sentence_bleu` repeats sacreBLEU's `compute_bleu` operation by operation: scores are equal to the last bit, and a score
exactly on the threshold is decided as sacreBLEU decides it. `Bounds` turns "BLEU > t" into the least number of shared
n-grams, on which the index of `index.py` rests.
"""

from __future__ import annotations

import math
import sys
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from spar_data.prompts.seeds.selfbleu.settings import SMOOTHINGS, SelfBleuConfig

_FLOOR, _ADD_K, _EXP = (SMOOTHINGS.index(name) for name in ("floor", "add-k", "exp"))
_COMPENSATED = sys.version_info >= (3, 12)  # since 3.12 the built-in sum() compensates rounding errors of floats
_SLACK = 1e-9  # tolerance of the bounds: they may pass a pair that is not similar, but never reject one that is


@numba.njit(cache=True, nogil=True)
def sentence_bleu(
    matches: NDArray, totals: NDArray, length: int, reference: int, smoothing: int, value: float, effective: bool
) -> float:
    """BLEU-4 on the scale 0-100.

    matches, totals: float64[4], clipped matches and n-grams of the hypothesis for n = 1..4. length, reference: tokens of
    hypothesis and reference. Follows `BLEU.compute_bleu` of sacreBLEU 2.6.
    """
    if not matches.any():
        return 0.0
    brevity = 1.0 if length >= reference else math.exp(1 - reference / length)
    logs = np.full(4, -9999999999.0)
    orders = 4
    mteval = 1.0
    for n in range(4):
        correct, total = matches[n], totals[n]
        if smoothing == _ADD_K and n > 0:
            correct += value
            total += value
        if total == 0:
            break
        if effective:
            orders = n + 1
        if correct > 0:
            logs[n] = math.log(100.0 * correct / total)
        elif smoothing == _EXP:
            mteval *= 2
            logs[n] = math.log(100.0 / (mteval * total))
        elif smoothing == _FLOOR:
            logs[n] = math.log(100.0 * value / total)
    return brevity * math.exp(_sum(logs[:orders]) / orders)


@numba.njit(cache=True, nogil=True)
def _sum(values: NDArray) -> float:
    """Sums as the built-in sum() of this Python does."""
    total = 0.0
    lost = 0.0
    for x in values:
        raised = total + x
        if _COMPENSATED:
            lost += (total - raised) + x if abs(total) >= abs(x) else (x - raised) + total
        total = raised
    return total + lost


class Bounds(NamedTuple):
    """What BLEU(h | r) > t requires, for every length of h and r (in tokens) up to the longest text.

    order       int8[L+1]: the highest n such that h must share an n-gram with r; 0 = h can never be dropped.
    shortest, longest  int32[L+1]: the interval of possible lengths of r.
    equal       int32[L+1]: least shared n-grams of that order over all r, i.e. with a brevity penalty of 1.
    short       int32[S+1, W+1]: the same for each length of r where order < 4 (0 = impossible); S < L is the last such length.
    stored      int32[4, L+1]: the least number that any h can require of an r of this length, by order - 1; 0 = no h of
                that order can match this r.
    factor, add at order 4, more than factor * (L - 3 + add) / BP^4 - add shared 4-grams are required.
    early       a text that shares more than this part of its n-grams with another is verified at once (speed only).
    """

    order: NDArray
    shortest: NDArray
    longest: NDArray
    equal: NDArray
    short: NDArray
    stored: NDArray
    factor: float
    add: float
    early: float


def bounds(config: SelfBleuConfig, longest_text: int) -> Bounds:
    """Derives the bounds by evaluating the score at its extremes; it is monotone in every count of matches.

    At order 4 the closed form holds: all other precisions are at most 1, so BP^4 * p4 > t^4. For a stored text of R
    tokens the need over all h is at least that of L = R: for L >= R it grows with L, and for L < R, with x = R/L, the
    derivative of (R/x - 3) e^{4(x - 1)} is non-negative for L >= 4.
    """
    add = config.value if config.smoothing == "add-k" else 0.0
    t4 = config.threshold**4
    args = (100 * config.threshold - _SLACK, config.smoothing_code, config.value, config.effective_order)
    order, shortest, longest = _windows(longest_text, *args)
    short_lengths = np.flatnonzero(order[: longest_text + 1] < 4)
    last_short = int(short_lengths.max(initial=0))
    width = int(longest[: last_short + 1].max(initial=0))
    short = _short_needs(order, shortest, longest, last_short, width, *args)
    equal = np.zeros(longest_text + 1, dtype=np.int32)
    stored = np.zeros((4, longest_text + 1), dtype=np.int32)
    for length in range(1, longest_text + 1):
        if order[length] == 4:
            equal[length] = max(1, math.floor(t4 * (length - 3 + add) * (1 - _SLACK) - add) + 1)
        elif order[length]:
            row = short[length]
            equal[length] = row[row > 0].min()
    for h in range(1, last_short + 1):
        if order[h]:
            row = stored[order[h] - 1, : width + 1]
            need = short[h, : longest_text + 1]
            row = row[: len(need)]
            row[:] = np.where((need > 0) & ((row == 0) | (need < row)), need, row)
    if last_short < longest_text:
        r = np.arange(max(4, shortest[last_short + 1]), longest_text + 1)
        stored[3, r] = np.maximum(1, np.floor(t4 * (r - 3 + add) * (1 - _SLACK) - add) + 1)
    early = 0.6 * config.threshold**2
    return Bounds(order, shortest, longest, equal, short, stored, t4 * (1 - _SLACK), add, early)


@numba.njit(cache=True)
def _best(length: int, reference: int, order: int, shared: int, smoothing: int, value: float, effective: bool) -> float:
    """The highest score of a pair that shares `shared` n-grams of the given order.

    All lower orders match as far as the lengths allow, higher orders as far as `shared` allows (a matched n-gram starts with
    a matched (n-1)-gram).
    """
    matches = np.empty(4)
    totals = np.empty(4)
    for n in range(4):
        totals[n] = max(0, length - n)
        matches[n] = min(totals[n], max(0, reference - n))
        if n + 1 >= order:
            matches[n] = min(matches[n], shared)
    return sentence_bleu(matches, totals, length, reference, smoothing, value, effective)


@numba.njit(cache=True)
def _windows(top: int, limit: float, smoothing: int, value: float, effective: bool) -> tuple:
    """`order`, `shortest` and `longest` of `Bounds`."""
    order = np.zeros(top + 1, dtype=np.int8)
    shortest = np.zeros(top + 1, dtype=np.int32)
    longest = np.zeros(top + 1, dtype=np.int32)
    for length in range(1, top + 1):
        if _best(length, length, 1, length, smoothing, value, effective) <= limit:
            continue  # not even a copy of itself scores above t
        for n in range(min(4, length), 0, -1):
            if _best(length, length, n, 0, smoothing, value, effective) <= limit:
                order[length] = n
                break
        low, high = 1, length  # the score rises with the reference up to the length of h ...
        while low < high:
            middle = (low + high) // 2
            if _best(length, middle, 1, middle, smoothing, value, effective) > limit:
                high = middle
            else:
                low = middle + 1
        shortest[length] = low
        low, high = length, 3 * length + 3  # ... and falls beyond it; e^{1 - 3} < 0.2
        while low < high:
            middle = (low + high + 1) // 2
            if _best(length, middle, 1, middle, smoothing, value, effective) > limit:
                low = middle
            else:
                high = middle - 1
        longest[length] = low
    return order, shortest, longest


@numba.njit(cache=True)
def _short_needs(
    order: NDArray, shortest: NDArray, longest: NDArray, last: int, width: int,
    limit: float, smoothing: int, value: float, effective: bool,
) -> NDArray:  # fmt: skip
    """`short` of `Bounds`."""
    needs = np.zeros((last + 1, width + 1), dtype=np.int32)
    for length in range(1, last + 1):
        n = order[length]
        if n == 0:
            continue
        for reference in range(max(n, shortest[length]), longest[length] + 1):
            for shared in range(1, min(length, reference) - n + 2):
                if _best(length, reference, n, shared, smoothing, value, effective) > limit:
                    needs[length, reference] = shared
                    break
    return needs
