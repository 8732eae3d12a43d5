"""Similarity of texts."""

from __future__ import annotations

import random
import time

import pytest

from spar_data.selfplay.refine.similarity import similarity, word_similarity


def _common(one: str, other: str) -> int:
    row = [0] * (len(other) + 1)
    for a in one:
        before = 0
        for j, b in enumerate(other, 1):
            before, row[j] = row[j], before + 1 if a == b else max(row[j], row[j - 1])
    return row[-1]


def test_similarity_is_that_of_the_longest_common_subsequence() -> None:
    draw = random.Random(1)
    for _ in range(200):
        one, other = ("".join(draw.choices("abc", k=draw.randint(0, 25))) for _ in range(2))
        expected = 2 * _common(one, other) / (len(one) + len(other)) if one or other else 1.0
        assert similarity(one, other) == similarity(other, one) == pytest.approx(expected)
    assert similarity("abcd", "abxd") == 0.75 and word_similarity("a b  c", "a c") == pytest.approx(0.8)
    assert similarity("", "x") == 0 and word_similarity(" ", "") == 1


def test_similarity_of_long_texts_is_quick() -> None:
    draw = random.Random(2)
    one, other = ("".join(draw.choices("abcdefgh ", k=60_000)) for _ in range(2))
    began = time.monotonic()
    assert 0.4 < similarity(one, other) < 0.6 and similarity(one, one + "x") > 0.9999
    assert time.monotonic() - began < 5
