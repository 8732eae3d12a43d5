"""No released prompt shares a long n-gram with, or nearly equals, a prompt of a benchmark. Exact, without a server.

Tokens: NFKC, lower case, words and single characters of scripts written without spaces; punctuation does not count.
Benchmarks hold thousands of prompts, not millions, so an index of theirs in memory is enough.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from spar_data.benchmarks import Benchmark
from spar_data.errors import SparError
from spar_data.seeds.selfbleu.tokenize import UNSPACED

_TOKENS = rf"[{UNSPACED}]|[[\p{{L}}\p{{M}}\p{{N}}]&&[^{UNSPACED}]]+"
_LEAST = 4  # tokens: shorter texts are nobody's benchmark item


@dataclass(frozen=True)
class DecontaminateConfig:
    """ngram: so many tokens in a row may not be shared; near_equal: nor may the token multisets be so similar (Jaccard).

    benchmarks: files or folders; none = $SPAR_BENCHMARKS, else the cache folder. off: no check at all.
    """

    ngram: int = 13
    near_equal: float = 0.8
    benchmarks: tuple[str, ...] = ()
    off: bool = False

    def __post_init__(self) -> None:
        if not 5 <= self.ngram <= 100:
            raise SparError(
                f"decontaminate.ngram = {self.ngram}: from 5 (shorter ones match anything) to 100 is expected"
            )
        if not 0.5 <= self.near_equal <= 1:
            raise SparError(f"decontaminate.near_equal = {self.near_equal}: from 0.5 to 1 is expected")


def tokens(texts: pl.Series) -> list[list[str]]:
    """The tokens that count."""
    return texts.str.normalize("NFKC").str.to_lowercase().str.extract_all(_TOKENS).to_list()


def decontaminate(prompts: pl.Series, config: DecontaminateConfig, benchmarks: Sequence[Benchmark]) -> pl.DataFrame:
    """Verdicts aligned with prompts: reason (null = keep), score, cause ('IFEval:1001'), span.

    An n-gram match has the share of the prompt's tokens in its longest shared run as score and that run as span; a near
    match has the Jaccard similarity as score and the benchmark's prompt as span. The n-gram rule is tried first.
    """
    names = [f"{b.name}:{item}" for b in benchmarks for item, _ in b.items]
    texts = tokens(pl.Series([text for b in benchmarks for _, text in b.items], dtype=pl.String))
    spans = _Spans(texts, config.ngram)
    near = NearEqual(texts, config.near_equal)
    rows: list[tuple[str | None, float | None, str | None, str | None]] = []
    for words in tokens(prompts):
        shared = spans.longest(words)
        similar = None if shared else near.best(words)
        if shared:
            item, low, high = shared
            name = names[item]
            reason = f"shares a {config.ngram}-gram with {name.partition(':')[0]}"
            rows.append((reason, (high - low) / len(words), name, " ".join(words[low:high])))
        elif similar:
            item, score = similar
            name = names[item]
            rows.append((f"nearly equals {name.partition(':')[0]}", score, name, " ".join(texts[item])))
        else:
            rows.append((None, None, None, None))
    schema = {"reason": pl.String, "score": pl.Float64, "cause": pl.String, "span": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


class _Spans:
    """All n-grams of the benchmark prompts, each with the first place it stands at."""

    def __init__(self, texts: list[list[str]], n: int) -> None:
        self._texts, self._n = texts, n
        self._places: dict[tuple[str, ...], tuple[int, int]] = {}
        for item, words in enumerate(texts):
            for i in range(len(words) - n + 1):
                self._places.setdefault(tuple(words[i : i + n]), (item, i))

    def longest(self, words: list[str]) -> tuple[int, int, int] | None:
        """(item, start, end in words) of the longest run that begins with a shared n-gram; the first of equal ones."""
        best: tuple[int, int, int] | None = None
        for i in range(len(words) - self._n + 1):
            place = self._places.get(tuple(words[i : i + self._n]))
            if place is None:
                continue
            item, at = place
            end = i + self._n
            other = self._texts[item]
            while end < len(words) and at + end - i < len(other) and words[end] == other[at + end - i]:
                end += 1
            if best is None or end - i > best[2] - best[1]:
                best = (item, i, end)
        return best


class NearEqual:
    """Finds texts whose token multisets have a Jaccard similarity of at least t, exactly, by prefix filtering.

    Jaccard >= t forces an overlap of at least ceil(t * size) with either text's own size, so two such texts share one of
    the size - ceil(t * size) + 1 rarest elements of each (repeats numbered, rarest by benchmark frequency).
    """

    def __init__(self, texts: list[list[str]], threshold: float) -> None:
        self._t = threshold
        self._bags = [Counter(words) for words in texts]
        self._sizes = [len(words) for words in texts]
        self._frequency = Counter(element for words in texts for element in _numbered(words))
        self._index: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
        for item, words in enumerate(texts):
            if len(words) >= _LEAST:
                for element in self._prefix(words):
                    self._index[element].append(item)

    def _prefix(self, words: list[str]) -> list[tuple[str, int]]:
        elements = sorted(_numbered(words), key=lambda e: (self._frequency[e], e))
        return elements[: len(elements) - math.ceil(self._t * len(elements) - 1e-9) + 1]

    def best(self, words: list[str]) -> tuple[int, float] | None:
        """(item, similarity) of the most similar text at or above the threshold; the first of equal ones."""
        if len(words) < _LEAST:
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
