"""Overlap of token lists with many items, exactly: the longest shared run, and near-equal multisets."""

from __future__ import annotations

import math
from collections import Counter, defaultdict

LEAST_TOKENS = 4  # shorter texts are not compared as a whole


class SharedRuns:
    """All n-grams of the benchmark prompts with all of their places."""

    def __init__(self, texts: list[list[str]], n: int) -> None:
        self._texts, self._n = texts, n
        self._places: defaultdict[tuple[str, ...], list[tuple[int, int]]] = defaultdict(list)
        for item, words in enumerate(texts):
            for i in range(len(words) - n + 1):
                self._places[tuple(words[i : i + n])].append((item, i))

    def longest(self, words: list[str]) -> tuple[int, int, int] | None:
        """(item, start, end in words) of the longest run of at least n tokens that an item contains.

        Of several the first in the prompt, then the first among the items.
        """
        best: tuple[int, int, int] | None = None
        reached: dict[tuple[int, int], int] = {}  # end of the last run by item and offset, to walk each run once
        for i in range(len(words) - self._n + 1):
            for item, at in self._places.get(tuple(words[i : i + self._n]), ()):
                if reached.get((item, at - i), 0) > i:
                    continue
                other, end = self._texts[item], i + self._n
                while end < len(words) and at + end - i < len(other) and words[end] == other[at + end - i]:
                    end += 1
                reached[item, at - i] = end
                if best is None or end - i > best[2] - best[1]:
                    best = (item, i, end)
        return best

    def covered(self, words: list[str]) -> int:
        """The number of words that stand in an n-gram of some item."""
        count = end = 0
        for i in range(len(words) - self._n + 1):
            if tuple(words[i : i + self._n]) in self._places:
                count += i + self._n - max(i, end)
                end = i + self._n
        return count


class NearEqual:
    """Finds texts whose token multisets have a Jaccard similarity of at least t, exactly, by prefix filtering.

    Jaccard >= t requires an overlap of at least ceil(t * size) for the size of either text. Two such texts therefore share
    one of the size - ceil(t * size) + 1 rarest elements of each (repeats numbered, rarest by benchmark frequency).
    """

    def __init__(self, texts: list[list[str]], threshold: float) -> None:
        self._t = threshold
        self._bags = [Counter(words) for words in texts]
        self._sizes = [len(words) for words in texts]
        self._frequency = Counter(element for words in texts for element in _numbered(words))
        self._index: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        for item, words in enumerate(texts):
            if len(words) >= LEAST_TOKENS:
                for element in self._prefix(words):
                    self._index[element].append(item)

    def _prefix(self, words: list[str]) -> list[tuple[str, int]]:
        elements = sorted(_numbered(words), key=lambda e: (self._frequency[e], e))
        return elements[: len(elements) - math.ceil(self._t * len(elements) - 1e-9) + 1]

    def best(self, words: list[str]) -> tuple[int, float] | None:
        """(item, similarity) of the most similar text at or above the threshold; the first of several."""
        if len(words) < LEAST_TOKENS:
            return None
        bag = Counter(words)
        best: tuple[int, float] | None = None
        for item in sorted({item for element in self._prefix(words) for item in self._index.get(element, ())}):
            size = self._sizes[item]
            if min(size, len(words)) < self._t * max(size, len(words)) - 1e-9:
                continue
            overlap = (bag & self._bags[item]).total()
            similarity = overlap / (size + len(words) - overlap)
            if similarity >= self._t - 1e-9 and (best is None or similarity > best[1]):
                best = (item, similarity)
        return best


def _numbered(words: list[str]) -> list[tuple[str, int]]:
    """A multiset as a set: the k-th copy of a word is (word, k)."""
    seen: Counter[str] = Counter()
    elements = []
    for word in words:
        elements.append((word, seen[word]))
        seen[word] += 1
    return elements
