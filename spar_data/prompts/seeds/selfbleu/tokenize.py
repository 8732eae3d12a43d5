"""Turns texts into token ids, vectorised. The ids are exact: equal ids if and only if equal strings."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

from spar_data.prompts.seeds.selfbleu.settings import WORDS, SelfBleuConfig

# mteval-v13a as sacreBLEU applies it: entities, then four regular expressions, then a split on white space.
_13A_LITERALS = (
    ("<skipped>", ""), ("-\n", ""), ("\n", " "),
    ("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"),
)  # fmt: skip
_13A_RULES = (
    (r"([\{-\~\[-\` -\&\(-\+\:-\@\/])", " ${1} "),
    (r"([^0-9])([\.,])", "${1} ${2} "),
    (r"([\.,])([^0-9])", " ${1} ${2}"),
    (r"([0-9])(-)", "${1} ${2} "),
)
_NOT_SPACE = r"[^\s\x1c-\x1f]+"  # Python's str.split also splits on the four ASCII separators


def cut(texts: pl.Series, config: SelfBleuConfig) -> pl.Series:
    """Splits texts into tokens: Series[str] -> Series[list[str]]."""
    if config.lowercase:
        texts = texts.str.to_lowercase()
    if config.tokenizer == "words":
        return texts.str.extract_all(WORDS)
    texts = texts.str.strip_chars_end()
    for old, new in _13A_LITERALS:
        texts = texts.str.replace_all(old, new, literal=True)
    texts = " " + texts + " "
    for pattern, new in _13A_RULES:
        texts = texts.str.replace_all(pattern, new)
    return texts.str.extract_all(_NOT_SPACE)


@dataclass(frozen=True)
class Tokens:
    """Token ids of many texts, concatenated: text i is `ids[offsets[i]:offsets[i + 1]]`."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.offsets)


class Tokenizer:
    """Call it with batches of texts. Ids number the tokens in the order of their first appearance over all batches."""

    def __init__(self, config: SelfBleuConfig) -> None:
        self._config = config
        # polars keeps the numbers of a category's strings as long as a series of it exists: hence the anchor.
        # `_renumber` turns these numbers into ids by first appearance, which do not depend on polars.
        self._interned = pl.Categorical(pl.Categories.random("spar-tokens", pl.UInt32))
        self._anchor = pl.Series([""], dtype=self._interned)
        self._renumber = np.full(1 << 16, -1, dtype=np.int32)
        self._count = 0

    def __call__(self, texts: pl.Series) -> Tokens:
        pieces = cut(texts, self._config)
        lengths = pieces.list.len().to_numpy()
        flat = pieces.explode(keep_nulls=False, empty_as_null=False)
        codes = flat.cast(self._interned).to_physical().to_numpy()
        return Tokens(self._first_appearance(codes), np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))))

    def _first_appearance(self, codes: NDArray[np.uint32]) -> NDArray[np.int32]:
        top = int(codes.max(initial=0))
        if top >= len(self._renumber):
            grown = np.full(1 << (top + 1).bit_length(), -1, dtype=np.int32)
            grown[: len(self._renumber)] = self._renumber
            self._renumber = grown
        ids = np.empty(len(codes), dtype=np.int32)
        self._count = _renumber(codes, self._renumber, self._count, ids)
        return ids


@numba.njit(cache=True, nogil=True)
def _renumber(codes: NDArray, table: NDArray, count: int, ids: NDArray) -> int:
    """Writes ids of codes, new ones from `count`; returns the new count."""
    for i in range(len(codes)):
        if table[codes[i]] < 0:
            table[codes[i]] = count
            count += 1
        ids[i] = table[codes[i]]
    return count


def concatenate(parts: list[Tokens]) -> Tokens:
    """Joins the batches of one `Tokenizer`."""
    if not parts:
        return Tokens(np.empty(0, np.int32), np.zeros(1, np.int64))
    ids = np.concatenate([p.ids for p in parts])
    lengths = np.concatenate([p.lengths() for p in parts])
    return Tokens(ids, np.concatenate(([0], np.cumsum(lengths))))
