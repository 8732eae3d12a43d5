"""Exact duplicates after normalisation, over any number of batches."""

from __future__ import annotations

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray


def normalised(prompts: pl.Series) -> pl.Series:
    """NFKC, lower case, runs of white space to one space, no punctuation at either end."""
    text = prompts.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", " ")
    return text.str.replace(r"^[\p{P}\s]+", "").str.replace(r"[\p{P}\s]+$", "")


class ExactDuplicates:
    """Call it with batches in order; the first row of each normalised text is kept, `cause` names it for the others.

    Texts are remembered by two 64-bit hashes: with ten million rows the chance of one false duplicate is below 1e-23.
    24 bytes a row at a load of at most one half.
    """

    def __init__(self) -> None:
        self._table = np.zeros((1 << 16, 3), dtype=np.uint64)  # two hashes, id of the first row
        self._used = 0

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        text = normalised(rows["prompt"])
        first, second = text.hash(seed=1).to_numpy(), text.hash(seed=2).to_numpy()
        ids = np.fromiter((int(i, 16) for i in rows["id"]), dtype=np.uint64, count=len(rows))
        while 2 * (self._used + len(rows)) > len(self._table):
            grown = np.zeros((2 * len(self._table), 3), dtype=np.uint64)
            _move(self._table, grown)
            self._table = grown
        causes = np.zeros(len(rows), dtype=np.uint64)
        found = np.zeros(len(rows), dtype=np.bool_)
        self._used += _enter(first, second, ids, self._table, found, causes)
        return pl.DataFrame(
            {
                "reason": pl.Series(["duplicate" if f else None for f in found], dtype=pl.String),
                "score": pl.Series([None] * len(rows), dtype=pl.Float64),
                "cause": pl.Series(
                    [f"{c:016x}" if f else None for f, c in zip(found, causes, strict=True)], dtype=pl.String
                ),
            }
        )


@numba.njit(cache=True)
def _cell(a: np.uint64, b: np.uint64, table: NDArray) -> int:
    mask = np.uint64(len(table) - 1)
    cell = a & mask
    while (table[cell, 0] or table[cell, 1]) and (table[cell, 0] != a or table[cell, 1] != b):
        cell = (cell + np.uint64(1)) & mask
    return np.int64(cell)


@numba.njit(cache=True)
def _enter(first: NDArray, second: NDArray, ids: NDArray, table: NDArray, found: NDArray, causes: NDArray) -> int:
    new = 0
    for i in range(len(first)):
        a = first[i] | np.uint64(1)  # never all zero: that marks a free cell
        cell = _cell(a, second[i], table)
        if table[cell, 0] == 0:
            table[cell, 0], table[cell, 1], table[cell, 2] = a, second[i], ids[i]
            new += 1
        else:
            found[i], causes[i] = True, table[cell, 2]
    return new


@numba.njit(cache=True)
def _move(old: NDArray, new: NDArray) -> None:
    for i in range(len(old)):
        if old[i, 0]:
            cell = _cell(old[i, 0], old[i, 1], new)
            new[cell, 0], new[cell, 1], new[cell, 2] = old[i, 0], old[i, 1], old[i, 2]
