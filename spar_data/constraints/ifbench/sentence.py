"""sentence:* of IFBench. Sentences are NLTK's."""

from __future__ import annotations

import re
import string
from itertools import pairwise

from spar_data.constraints.ifbench.text import bare_words
from spar_data.constraints.text import nltk as nltk_text
from spar_data.constraints.validation import Ordinal
from spar_data.constraints.verdict import Verdict, counted, shortened


def keyword(response: str, *, word: str, N: Ordinal) -> Verdict:
    r"""Sentence N matches `\bword\b`, in any case."""
    sentences = nltk_text.sentences(response)
    if len(sentences) < N:
        return Verdict(False, f"{counted(len(sentences), 'sentence')}, '{word}' is asked in sentence {N}")
    passed = re.search(rf"\b{re.escape(word)}\b", sentences[N - 1], re.IGNORECASE) is not None
    reason = f"sentence {N} {'has' if passed else 'is without'} '{word}': '{shortened(sentences[N - 1])}'"
    return Verdict(passed, reason)


def increment(response: str, *, small_n: int) -> Verdict:
    """Each sentence has small_n words more than the one before; ASCII punctuation is removed first."""
    counts = [len(bare_words(sentence)) for sentence in nltk_text.sentences(response)]
    for number, (before, count) in enumerate(pairwise(counts), start=2):
        if count != before + small_n:
            reason = f"sentence {number} has {counted(count, 'word')} after {before}, {before + small_n} asked"
            return Verdict(False, reason)
    return Verdict(True, f"{counted(len(counts), 'sentence')}, each with {small_n} more words")


def alliteration_increment(response: str) -> Verdict:
    """Each sentence has more alliterative words: words in runs with the same first character."""
    counts = [_alliteration(sentence) for sentence in nltk_text.sentences(response)]
    for number, (before, count) in enumerate(pairwise(counts), start=2):
        if count <= before:
            reason = f"sentence {number} has {counted(count, 'alliterative word')} after {before}, more asked"
            return Verdict(False, reason)
    return Verdict(True, f"{counted(len(counts), 'sentence')}, each with more alliterative words")


def _alliteration(sentence: str) -> int:
    """Counts the words of all runs of words with the same first character."""
    words = [bare for word in sentence.lower().split() if (bare := word.lstrip(string.punctuation))]
    total, running = 0, False
    for one, other in pairwise(words):
        same = one[0] == other[0]
        total += same * (1 if running else 2)
        running = same
    return total
