"""Rows of a benchmark's prompts or of responses, as people pass them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl

from spar_data.sources.json_rows import JsonRow, read_rows

RowSource = str | Path | Sequence[Mapping[str, object]] | pl.DataFrame
"""A .jsonl or .parquet file, a folder or name that `datasets` can load, mappings, or a frame."""


def rows_of(source: RowSource) -> Iterator[tuple[str, JsonRow]]:
    """(where, row) for each row: "FILE, line 3", "NAME, row 3" or "row 3". Raises SparError for what cannot be read."""
    if isinstance(source, str | Path):
        yield from read_rows(str(source))
        return
    rows = source.iter_rows(named=True) if isinstance(source, pl.DataFrame) else source
    for number, row in enumerate(rows, 1):
        yield f"row {number}", dict(row)


def source_name(source: RowSource) -> str:
    return str(source) if isinstance(source, str | Path) else "given in memory"
