"""Rows of a benchmark or of problems: from a local file, a folder in the format of `datasets`, or the Hub."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from spar_data.core.assets import cache_folder
from spar_data.core.errors import SparError, first_line, missing_package

Row = dict[str, Any]


def read_rows(source: str, split: str = "train") -> Iterator[tuple[str, Row]]:
    """(where, row) for each row: "FILE, line 3" or "NAME, row 3".

    source: a .jsonl or .parquet file; a folder that `datasets` can load; else a name on the Hub. Raises SparError for a
    source that is none of them and for a line that is no JSON object.
    """
    path = Path(source)
    if path.is_file():
        yield from _parquet(path) if path.suffix == ".parquet" else json_lines(path)
    else:
        yield from _dataset(source, split)


def json_lines(file: Path) -> Iterator[tuple[str, Row]]:
    """("FILE, line N", object) for each line that is not blank, one at a time."""
    return ((f"{file}, line {number}", row) for number, row in numbered_lines(file))


def numbered_lines(file: Path) -> Iterator[tuple[int, Row]]:
    """The same with N alone. Raises SparError naming file and line."""
    try:
        lines = file.open("rb")
    except OSError as error:
        raise SparError(f"{file}: not readable ({error.strerror}): a JSON Lines file is expected") from None
    with lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            where = f"{file}, line {number}"
            try:
                row = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise SparError(f"{where}: not JSON: {error.msg}") from None
            if not isinstance(row, dict):
                raise SparError(f"{where}: a JSON object is expected, not {type(row).__name__}")
            yield number, row


def _parquet(file: Path) -> Iterator[tuple[str, Row]]:
    try:
        frame = pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: not a parquet file: {first_line(error)}") from None
    for number, row in enumerate(frame.iter_rows(named=True), 1):
        yield f"{file}, row {number}", row


def _dataset(source: str, split: str) -> Iterator[tuple[str, Row]]:
    if not Path(source).is_dir() and (source.count("/") != 1 or source.startswith((".", "/"))):
        raise SparError(
            f"{source} does not exist: a .jsonl or .parquet file, a folder, or a name on the Hub is expected"
        )
    try:
        import datasets
    except ImportError:
        raise missing_package("datasets", "hub", f"Reading {source}") from None
    try:
        rows = datasets.load_dataset(source, split=split)
    except Exception as error:  # its errors have no common base: network, missing split, no data files, ...
        raise SparError(
            f"{source}: not readable as a dataset ({first_line(error)}). Without network give a local file instead"
        ) from None
    for number, row in enumerate(rows, 1):
        yield f"{source}, row {number}", dict(row)


def locate(names: tuple[str, ...], hub: str) -> str:
    """Where a benchmark is if nobody says so: a file or folder of one of these names under $SPAR_BENCHMARKS or the cache
    folder's benchmarks/, else its name on the Hub."""
    for folder in (Path(p) for p in (os.environ.get("SPAR_BENCHMARKS"), cache_folder() / "benchmarks") if p):
        for name in names:
            found = [folder / name] if (folder / name).exists() else sorted(folder.rglob(name))
            if found:
                return str(found[0])
    return hub
