"""Rows out of their containers: JSON Lines (plain, .gz, .zst), parquet, and datasets of the Hub or in its local format.

A row that cannot be read is a `BadRow` in its place; a file that is not what its name says raises SparError.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

import orjson
import polars as pl
import zstandard

from spar_data.core.errors import SparError, first_line, importing
from spar_data.sources.row_shapes import COLUMNS, LANGUAGE_COLUMNS, BadRow, prompt_of

if TYPE_CHECKING:
    from datasets import Dataset

ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
_MAGIC = {".gz": (b"\x1f\x8b", "gzip"), ".zst": (b"\x28\xb5\x2f\xfd", "zstd"), ".parquet": (b"PAR1", "parquet")}
_TRIAL = 100  # a file whose first rows are all bad is not a source


class NumberedRow(NamedTuple):
    """row: number from 1. value: what was read, or a BadRow."""

    row: int
    value: object


def file_rows(path: Path) -> Iterator[NumberedRow]:
    """The rows of one file, unless its first hundred (or all, if fewer) are bad: then SparError."""
    rows = _parquet_rows(path) if path.suffix == ".parquet" else _json_rows(path)
    first = list(islice(rows, _TRIAL))
    if not first:
        raise SparError(f"{path}: no rows in it")
    reasons = [_fault(row.value) for row in first]
    if all(reasons):
        raise SparError(f"{path}: the first {len(first)} rows are all unusable; row {first[0].row}: {reasons[0]}")
    yield from first
    yield from rows


def _fault(value: object) -> str:
    try:
        prompt_of(value)
    except BadRow as error:
        return str(error)
    return ""


def _check_magic(path: Path) -> None:
    if path.suffix in _MAGIC:
        magic, name = _MAGIC[path.suffix]
        with open(path, "rb") as file:
            start = file.read(len(magic))
        if start != magic:
            raise SparError(f"{path}: the name says {name}, the content does not (it begins with {start!r})")


def _open(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast(BinaryIO, gzip.open(path))
    if path.suffix == ".zst":
        return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(open(path, "rb"), read_across_frames=True))
    return open(path, "rb")


def _json_rows(path: Path) -> Iterator[NumberedRow]:
    _check_magic(path)
    number = 0
    with _open(path) as file:
        try:
            for number, line in enumerate(file, 1):
                if number == 1 and line.lstrip().startswith(b"["):
                    raise SparError(f"{path}: this is one JSON array; JSON Lines (one object a line) is expected")
                if line.strip():
                    try:
                        yield NumberedRow(number, orjson.loads(line))
                    except orjson.JSONDecodeError as error:
                        yield NumberedRow(number, BadRow(f"not valid JSON: {error.msg} at character {error.colno}"))
        except (EOFError, OSError, zlib.error, zstandard.ZstdError) as error:
            raise SparError(f"{path}: damaged or cut off after line {number}: {error}; fetch the file again") from None


def _parquet_rows(path: Path) -> Iterator[NumberedRow]:
    _check_magic(path)
    try:
        frame = pl.scan_parquet(path)
        columns = frame.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SparError(f"{path}: not readable as parquet: {first_line(error)}") from None
    number = 0
    for batch in frame.select(_columns(str(path), columns)).collect_batches(maintain_order=True, chunk_size=10_000):
        for row in batch.iter_rows(named=True):
            number += 1
            yield NumberedRow(number, row)


def dataset_rows(name: str, subset: str, split: str) -> Iterator[NumberedRow]:
    """The rows of a dataset of the Hub (read as a stream) or of a local folder in its format. Raises SparError."""
    data = load_dataset(name, split, subset, stream=not Path(name).is_dir())
    columns = data.column_names or []
    rows = data.select_columns(_columns(f"dataset {name!r}", columns)) if columns else data
    return (NumberedRow(number, row) for number, row in enumerate(rows, 1))


def load_dataset(name: str, split: str, subset: str = "", stream: bool = False) -> Dataset:
    """Loads a dataset of the Hub or of a local folder. Raises SparError."""
    with importing("datasets", "hub", f"Reading the dataset {name!r}"):
        import datasets
    try:
        return datasets.load_dataset(name, subset or None, split=split, streaming=stream)
    except Exception as error:  # its errors have no common base: network, missing split, no data files, ...
        of_subset = f"subset {subset}, " if subset else ""
        raise SparError(
            f"dataset {name!r} ({of_subset}split {split!r}) could not be loaded: {type(error).__name__}: "
            f"{first_line(error)}. Without network give a local file instead"
        ) from None


def _columns(where: str, columns: list[str]) -> list[str]:
    """The columns that a prompt and its language may stand in. Raises SparError if no column holds prompts."""
    known = [name for name in (*COLUMNS, "input", *LANGUAGE_COLUMNS) if name in columns]
    if not set(known) & set(COLUMNS):
        raise SparError(f"{where}: columns are {', '.join(columns)}; one of {', '.join(COLUMNS)} is expected")
    return known
