"""The exact greedy filter: in the given order, a text is dropped if BLEU(text | one kept text) > t.

Texts are processed in blocks of fixed size. All texts of a block probe the frozen index in parallel; then the survivors are
decided in order against the texts that the block itself has kept. The result is that of the plain loop, for any number of
workers.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from spar_data.core.errors import SparError
from spar_data.prompts.seeds.selfbleu.bleu import Bounds, bounds
from spar_data.prompts.seeds.selfbleu.grams import Sets, Texts, element_sets
from spar_data.prompts.seeds.selfbleu.index import Candidates, Index, candidates, empty_index, insert, probe
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import Tokens
from spar_data.prompts.seeds.selfbleu.verify import BleuRule, Workspace, workspace

_BLOCK = 16_384
_LONGEST = 65_535  # tokens: a posting holds lengths in 16 bits
KEPT, UNREACHED = -1, -2


class Decisions(NamedTuple):
    """The decision on each text, by its position in the given order.

    cause   int64: the kept text that it is too similar to, KEPT, or UNREACHED (`max_kept` was reached before it).
    score   float64: BLEU with the cause on 0-1; NaN where cause is negative.
    """

    cause: NDArray[np.int64]
    score: NDArray[np.float64]


def in_order(tokens: Tokens, order: NDArray[np.int64] | None) -> Texts:
    """The texts in the order in which a filter meets them. The token ids are not moved."""
    starts, lengths = tokens.offsets[:-1], tokens.lengths()
    if order is None:
        return Texts(tokens.ids, starts.copy(), lengths)
    return Texts(tokens.ids, starts[order], lengths[order])


def pairwise(
    tokens: Tokens,
    config: SelfBleuConfig,
    order: NDArray[np.int64] | None = None,
    workers: int = 0,
    advance: Callable[[str, int], None] = lambda phase, texts: None,
) -> Decisions:
    """Filters texts in the given order (None: as they are). Results are by position in that order.

    workers: 0 = one per core; the result does not depend on it. advance: receives phase and number of texts. Raises
    SparError for a text of over 65,535 tokens.
    """
    n = len(tokens)
    cause = np.full(n, KEPT, dtype=np.int64)
    score = np.full(n, np.nan)
    if n == 0:
        return Decisions(cause, score)
    longest = int(tokens.lengths().max())
    if longest > _LONGEST:
        raise SparError(
            f"a prompt of {longest} tokens reached the self-BLEU filter, which takes at most {_LONGEST}: "
            "set length.max_tokens to drop it before"
        )
    texts = in_order(tokens, order)
    bound = bounds(config, longest)
    rule = BleuRule(100 * config.threshold, config.smoothing_code, config.value, config.effective_order)
    workers = workers or os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        sets = element_sets(texts, bound, pool, advance)
        index = empty_index(texts, sets, bound)
        rules = (texts, sets, bound, index, rule)
        vocabulary = int(tokens.ids.max(initial=0)) + 1
        scratch = [(candidates(n, longest), workspace(longest, vocabulary)) for _ in range(workers)]
        kept_count = 0
        for low in range(0, n, _BLOCK):
            high = min(n, low + _BLOCK)
            cuts = np.linspace(low, high, workers + 1).astype(np.int64)
            jobs = [
                pool.submit(_probe_range, cuts[w], cuts[w + 1], *rules, *scratch[w], cause, score)
                for w in range(workers)
            ]
            for job in jobs:
                job.result()
            kept_count = _resolve(low, high, kept_count, config.max_kept or n, *rules, *scratch[0], cause, score)
            advance("filter", high - low)
            if config.max_kept and kept_count >= config.max_kept:
                cause[high:] = UNREACHED
                break
    return Decisions(cause, score / 100)


@numba.njit(cache=True, nogil=True)
def _probe_range(
    low: int, high: int, texts: Texts, sets: Sets, bound: Bounds, index: Index, rule: BleuRule, scratch: Candidates,
    work: Workspace, cause: NDArray, score: NDArray,
) -> None:  # fmt: skip
    """Compares texts with the index as it was before their block."""
    for text in range(low, high):
        match, bleu = probe(text, 0, texts, sets, bound, index, rule, scratch, work)
        if match >= 0:
            cause[text] = match
            score[text] = bleu


@numba.njit(cache=True, nogil=True)
def _resolve(
    low: int, high: int, kept_count: int, limit: int, texts: Texts, sets: Sets, bound: Bounds, index: Index, rule: BleuRule,
    scratch: Candidates, work: Workspace, cause: NDArray, score: NDArray,
) -> int:  # fmt: skip
    """Decides the block's survivors in order against the texts that the block has kept. Returns the number of kept texts."""
    for text in range(low, high):
        if kept_count >= limit:
            cause[text] = UNREACHED
            score[text] = np.nan
        elif cause[text] == KEPT:
            match, bleu = probe(text, low, texts, sets, bound, index, rule, scratch, work)
            if match >= 0:
                cause[text] = match
                score[text] = bleu
            else:
                insert(text, texts, sets, bound, index)
                kept_count += 1
    return kept_count
