"""Reads records of self-play from parquet files."""

from __future__ import annotations

import dataclasses
import re
import typing
from pathlib import Path
from typing import TypeVar

import msgspec
import polars as pl

from spar_data.core.errors import SparError, first_line
from spar_data.core.tables import schema
from spar_data.selfplay.records import Dialogue, Pair, squeeze

Record = TypeVar("Record")
_BATCH = 2000  # rows


def read_records(file: Path, record: type[Record], replies: bool = True) -> list[Record]:
    """Reads all rows of a parquet file. Raises SparError naming file, row and field.

    replies: with the replies of judges, which are most of a file. Without them they are dropped batch by batch.
    """
    dtypes = schema(record)
    try:
        columns = pl.read_parquet_schema(file)
        optional = {f.name for f in dataclasses.fields(typing.cast(typing.Any, record)) if f.default is None}
        missing = [name for name in dtypes if name not in columns and name not in optional]
        if missing:
            raise SparError(f"{file}: column '{missing[0]}' is missing: rows of {record.__name__} are expected")
        frame = pl.scan_parquet(file).with_columns(pl.lit(None).alias(name) for name in optional - columns.keys())
        if not replies and "votes" in dtypes:
            none = pl.lit([], dtype=pl.List(pl.String)).alias("replies")
            frame = frame.with_columns(pl.col("votes").struct.with_fields(none))
        casts = [pl.col(name).cast(dtype) for name, dtype in dtypes.items()]
        records: list[Record] = []
        for batch in frame.select(casts).collect_batches(maintain_order=True, chunk_size=_BATCH):
            records += to_records(batch, record, file, len(records))
        return records
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: rows of {record.__name__} are expected: {first_line(error)}") from None


def to_records(frame: pl.DataFrame, record: type[Record], file: Path = Path(), before: int = 0) -> list[Record]:
    """The records of a frame: the inverse of `spar_data.core.tables.frame`.

    file: where the rows come from; before: rows of the file that precede the frame. Raises SparError naming file, row and
    field if a value is missing.
    """
    try:
        return msgspec.convert(frame.to_dicts(), list[record])  # type: ignore[valid-type]
    except msgspec.ValidationError as error:
        place = re.search(r"\$\[(\d+)\]\.([\w.]+)", str(error))
        if not place or "got `null`" not in str(error):
            raise
        row, field = before + int(place[1]) + 1, place[2]
        raise SparError(f"{file}: row {row}: '{field}' is null: a value is expected in every row") from None


def read_added_rows(file: Path) -> list[Pair] | list[Dialogue]:
    """Reads rows that were made elsewhere: pairs, or dialogues such as an SFT set.

    Raises SparError for a file that holds neither, and for a row from which nothing can be learnt.
    """
    try:
        holds_pairs = "chosen" in pl.read_parquet_schema(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: a parquet file of pairs or dialogues is expected: {first_line(error)}") from None
    rows: list[Pair] | list[Dialogue] = read_records(file, Pair) if holds_pairs else read_records(file, Dialogue)
    for number, row in enumerate([*rows], 1):
        if problem := _problem(row):
            raise SparError(f"{file}: row {number}: {problem}")
    return rows


def _problem(row: Pair | Dialogue) -> str:
    """Why nothing can be learnt from a row, else ""."""
    turns = row.prompt if isinstance(row, Pair) else row.messages[:-1]
    if not turns or turns[-1].role != "user":
        return "a prompt that ends with a message of the user is expected"
    if isinstance(row, Dialogue):
        last = row.messages[-1]
        complete = last.role == "assistant" and last.content.strip()
        return "" if complete else "a message of the assistant is expected last"
    sides = squeeze(row.chosen), squeeze(row.rejected)
    return "" if all(sides) and sides[0] != sides[1] else "two different sides are expected, neither of them empty"
