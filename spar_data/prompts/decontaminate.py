"""Drops prompts that share a long n-gram with a benchmark prompt, or nearly equal one. Exact.

Tokens are words and single characters of scripts written without spaces, after NFKC and in lower case; punctuation does not
count. Benchmarks hold thousands of prompts, not millions, so their index fits into memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import polars as pl
from numpy.typing import NDArray

from spar_data.core.config import Config, setting
from spar_data.prompts.overlap import LEAST_TOKENS, NearEqual, SharedRuns
from spar_data.prompts.seeds.selfbleu.settings import UNSPACED
from spar_data.sources.benchmarks import BenchmarkTexts

_TOKENS = rf"[{UNSPACED}]|[[\p{{L}}\p{{M}}\p{{N}}]&&[^{UNSPACED}]]+"
_BATCH = 20_000  # prompts: bounds the memory that their tokens take
_SLACK = 1e-6  # of the screen; more than the rounding error that NearEqual allows for
_BASE = np.uint64(0x9E3779B97F4A7C15)  # of the rolling hash; odd, so that no token's bits are lost


@dataclass(frozen=True)
class DecontaminateConfig(Config):
    """How similar a prompt may be to a benchmark's. An n-gram below 5 tokens would match anything."""

    ngram: int = setting(13, "Number of consecutive tokens that must not be shared.", at_least=5, at_most=100)
    near_equal: float = setting(
        0.8, "Jaccard similarity of the token multisets that counts as equal.", at_least=0.5, at_most=1
    )
    benchmarks: tuple[str, ...] = setting(
        (), "Files or folders of benchmarks.", shown="$SPAR_BENCHMARKS, else the cache folder"
    )
    off: bool = setting(False, "Do not check at all.")


def decontaminate(
    prompts: pl.Series, config: DecontaminateConfig, benchmarks: Sequence[BenchmarkTexts]
) -> pl.DataFrame:
    """Verdicts in the order of the prompts: reason (null = keep), score, cause ('IFEval:1001') and span.

    The n-gram rule comes first.

    score  the share of the prompt's tokens that match: tokens in n-grams of any benchmark, or tokens in common with the item
           that the prompt nearly equals.
    cause  the item with the longest common run, or the most similar one; the first of several.
    span   the longest run of tokens that prompt and item have in common, as the prompt writes it (after NFKC).
    """
    names = [f"{b.name}:{item}" for b in benchmarks for item, _ in b.items]
    texts = tokens(pl.Series([text for b in benchmarks for _, text in b.items], dtype=pl.String))
    index, screen = _Index([b.name for b in benchmarks for _ in b.items], texts, config), _Screen(texts, config)
    rows: list[tuple[str | None, float | None, str | None, str | None]] = [(None, None, None, None)] * len(prompts)
    for start in range(0, len(prompts), _BATCH):
        normal = prompts.slice(start, _BATCH).str.normalize("NFKC")
        cut = normal.str.extract_all(_TOKENS)
        lowered = _lower(cut)
        for i in screen.suspects(lowered).tolist():
            match = index.match(lowered[i].to_list())
            if match:
                span = _slice(normal[i], cut[i].to_list(), match.low, match.high)
                rows[start + i] = (match.reason, match.score, names[match.item], span)
    schema = {"reason": pl.String, "score": pl.Float64, "cause": pl.String, "span": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def tokens(texts: pl.Series) -> list[list[str]]:
    """The tokens of each text that are compared."""
    return _lower(texts.str.normalize("NFKC").str.extract_all(_TOKENS)).to_list()


def _lower(cut: pl.Series) -> pl.Series:
    # token by token: in a whole text, the lower case of a Greek sigma depends on the characters after it
    return cut.list.eval(pl.element().str.to_lowercase())


def _common_run(words: list[str], others: list[str]) -> tuple[int, int]:
    """(start, end) in `words` of the longest common run of tokens; the first of several."""
    match = SequenceMatcher(None, words, others, autojunk=False).find_longest_match()
    return match.a, match.a + match.size


def _slice(text: str, cut: list[str], low: int, high: int) -> str:
    """The text from token `low` up to token `high`. No token can begin between two tokens, so each is searched in turn."""
    start = end = 0
    for i, token in enumerate(cut[:high]):
        at = text.index(token, end)
        end = at + len(token)
        if i == low:
            start = at
    return text[start:end]


@dataclass(frozen=True)
class _Match:
    """item: position among all items. low, high: positions of the span among the prompt's tokens."""

    reason: str
    score: float
    item: int
    low: int
    high: int


class _Index:
    """Both rules over all benchmark prompts. names: the benchmark of each prompt."""

    def __init__(self, names: list[str], texts: list[list[str]], config: DecontaminateConfig) -> None:
        self._names, self._texts, self._n = names, texts, config.ngram
        self._runs, self._near = SharedRuns(texts, config.ngram), NearEqual(texts, config.near_equal)

    def match(self, words: list[str]) -> _Match | None:
        shared = self._runs.longest(words)
        if shared:
            item, low, high = shared
            reason = f"shares a {self._n}-gram with {self._names[item]}"
            return _Match(reason, self._runs.covered(words) / len(words), item, low, high)
        similar = self._near.best(words)
        if similar:
            item, _ = similar
            common = (Counter(words) & Counter(self._texts[item])).total()
            reason = f"nearly equals {self._names[item]}"
            return _Match(reason, common / len(words), item, *_common_run(words, self._texts[item]))
        return None


class _Screen:
    """Selects the prompts that can match at all. It never rejects a prompt that matches, but may pass one that does not.

    Tokens become numbers (0 = in no benchmark prompt). An n-gram match needs a window whose rolling hash equals that of a
    benchmark window. A near match needs a share of known tokens of at least t, and a length that some item allows.
    """

    def __init__(self, texts: list[list[str]], config: DecontaminateConfig) -> None:
        self._n, self._t = config.ngram, config.near_equal - _SLACK
        self._vocabulary = pl.Enum(sorted({word for words in texts for word in words}))
        self._lengths = np.unique([len(words) for words in texts if len(words) >= LEAST_TOKENS])
        ids, lengths = self._number(pl.Series(texts, dtype=pl.List(pl.String)))
        self._hashes = np.unique(self._windows(ids, lengths)[1])

    def _number(self, words: pl.Series) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        flat = words.explode(keep_nulls=False, empty_as_null=False)
        codes = flat.cast(self._vocabulary, strict=False).to_physical().cast(pl.UInt64)
        return (codes + 1).fill_null(0).to_numpy(), words.list.len().to_numpy().astype(np.int64)

    def _windows(
        self, ids: NDArray[np.uint64], lengths: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """(text, hash) of every n-gram of known tokens within one text."""
        count = max(0, len(ids) - self._n + 1)
        text = np.repeat(np.arange(len(lengths)), lengths)
        unknown = np.concatenate(([0], np.cumsum(ids == 0)))
        whole = (unknown[self._n :] == unknown[:count]) & (text[self._n - 1 :] == text[:count])
        starts = np.flatnonzero(whole)
        hashes = np.zeros(len(starts), np.uint64)
        for k in range(self._n):
            hashes = hashes * _BASE + ids[starts + k]
        return text[starts], hashes

    def suspects(self, words: pl.Series) -> NDArray[np.int64]:
        """The positions of the prompts that may match, ascending."""
        ids, lengths = self._number(words)
        text, hashes = self._windows(ids, lengths)
        suspect = np.zeros(len(lengths), bool)
        suspect[text[np.isin(hashes, self._hashes)]] = True
        overlap = np.bincount(np.repeat(np.arange(len(lengths)), lengths)[ids > 0], minlength=len(lengths))
        suspect |= self._sizes_fit(lengths) & (lengths >= LEAST_TOKENS) & (overlap >= self._t * lengths)
        return np.flatnonzero(suspect)

    def _sizes_fit(self, lengths: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether some benchmark prompt has a length at which it can be similar."""
        if not len(self._lengths):
            return np.zeros(len(lengths), bool)
        longest = np.searchsorted(self._lengths, lengths / self._t, side="right") - 1
        return (longest >= 0) & (self._lengths[longest] >= self._t * lengths)
