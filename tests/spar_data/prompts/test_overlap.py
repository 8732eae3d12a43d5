"""Overlap with items against brute force: near-equal multisets and the longest shared run."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from spar_data.prompts.overlap import NearEqual, SharedRuns

_WORDS = st.lists(st.sampled_from("abcdefgh"), max_size=12)
_THRESHOLDS = st.sampled_from([0.5, 0.6, 2 / 3, 0.67, 0.7, 0.8, 0.9, 1.0])


@settings(max_examples=300, deadline=None)
@given(st.lists(_WORDS, max_size=8), _WORDS, _THRESHOLDS)
def test_near_equal_finds_what_brute_force_finds(texts: list[list[str]], words: list[str], threshold: float) -> None:
    best = None
    for i, text in enumerate(texts):
        overlap = (Counter(text) & Counter(words)).total()
        if min(len(text), len(words)) >= 4:
            similarity = overlap / (len(text) + len(words) - overlap)
            if similarity >= threshold - 1e-9 and (best is None or similarity > best[1]):
                best = (i, similarity)
    assert NearEqual(texts, threshold).best(words) == best


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.sampled_from("ab"), max_size=9), max_size=4), st.lists(st.sampled_from("ab"), max_size=9))
def test_shared_runs_find_what_brute_force_finds(texts: list[list[str]], words: list[str]) -> None:
    runs = SharedRuns(texts, 3)
    spans = [(end - start, -start, -item) for item, other in enumerate(texts) for start in range(len(words))
             for end in range(start + 3, len(words) + 1) if _holds(other, words[start:end])]  # fmt: skip
    size, start, item = max(spans, default=(0, 0, 0))
    assert runs.longest(words) == ((-item, -start, -start + size) if size else None)
    covered = {place for length, at, _ in spans for place in range(-at, -at + length)}
    assert runs.covered(words) == len(covered)


def _holds(words: list[str], run: list[str]) -> bool:
    return any(words[at : at + len(run)] == run for at in range(len(words) - len(run) + 1))
