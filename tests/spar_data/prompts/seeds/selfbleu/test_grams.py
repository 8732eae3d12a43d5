"""Sets of n-grams: intersections bound the clipped matches, whatever the number of workers."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from spar_data.prompts.seeds.selfbleu.bleu import Bounds, bounds
from spar_data.prompts.seeds.selfbleu.grams import Sets, Texts, element_sets
from spar_data.prompts.seeds.selfbleu.pairwise import in_order
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import Tokenizer

CONFIG = SelfBleuConfig(threshold=0.5)


def _sets(texts: list[str], workers: int = 1) -> tuple[Texts, Bounds, Sets]:
    tokens = Tokenizer(CONFIG)(pl.Series(texts, dtype=pl.String))
    ordered, bound = in_order(tokens, None), bounds(CONFIG, int(tokens.lengths().max(initial=1)))
    with ThreadPoolExecutor(workers) as pool:
        return ordered, bound, element_sets(ordered, bound, pool, lambda phase, rows: None)


def _grams(text: str, n: int) -> Counter[tuple[str, ...]]:
    words = text.split()
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abc"), min_size=4, max_size=12).map(" ".join), min_size=2, max_size=8))
def test_intersections_are_at_least_the_clipped_matches(texts: list[str]) -> None:
    """Elements that collide count as one, which may raise a count but never lowers it."""
    ordered, bound, sets = _sets(texts)
    for i in range(len(texts)):
        n = bound.order[ordered.lengths[i]]
        for j in range(len(texts)):
            if n and i != j and bound.stored[n - 1, ordered.lengths[j]]:
                first, second = (
                    Counter(sets.slots[sets.offsets[4 * k + n - 1] : sets.offsets[4 * k + n]].tolist()) for k in (i, j)
                )
                assert (first & second).total() >= (_grams(texts[i], n) & _grams(texts[j], n)).total()


def test_elements_that_occur_once_are_left_out_and_rare_ones_come_first() -> None:
    texts = ["a b c d e f g h", "a b c d e f x y", "q r s t a b c d", "e f g h i j k l m"]
    _, _, sets = _sets(texts)
    used = Counter(sets.slots.tolist())
    assert min(used.values()) >= 2 and sorted(used) == list(range(sets.count))
    assert [used[number] for number in range(sets.count)] == sorted(used.values())
    for row in range(len(sets.offsets) - 1):
        numbers = sets.slots[sets.offsets[row] : sets.offsets[row + 1]]
        assert np.all(np.diff(numbers.astype(np.int64)) >= 0)


def test_the_number_of_workers_does_not_matter() -> None:
    texts = [f"word {i % 7} and {i % 5} more of them {i % 3}" for i in range(60)]
    (_, _, one), (_, _, three) = _sets(texts), _sets(texts, 3)
    assert np.array_equal(one.slots, three.slots) and np.array_equal(one.offsets, three.offsets)
