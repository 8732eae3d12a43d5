"""Rows of a benchmark or of problems: from a local file, a folder in the format of `datasets`, the Hub, or memory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson

from spar_data.core.assets import cache_folder
from spar_data.core.errors import SparError, first_line

if TYPE_CHECKING:
    import polars as pl

JsonRow: TypeAlias = dict[str, Any]

RowSource: TypeAlias = "str | Path | Sequence[Mapping[str, object]] | pl.DataFrame"
"""A .jsonl or .parquet file, a folder or name that `datasets` can load, mappings, or a frame."""


def read_rows(source: RowSource, split: str = "train") -> Iterator[tuple[str, JsonRow]]:
    """Yields (place, row) for each row; a place is "FILE, line 3", "NAME, row 3" or "row 3".

    Raises SparError for a source that does not exist and for a line that is not a JSON object.
    """
    if not isinstance(source, str | Path):
        import polars as pl

        rows = source.iter_rows(named=True) if isinstance(source, pl.DataFrame) else source
        for number, row in enumerate(rows, 1):
            if not isinstance(row, Mapping):
                raise SparError(f"row {number}: an object is expected, not {type(row).__name__}")
            yield f"row {number}", dict(row)
        return
    source, path = str(source), Path(source)
    if path.is_file():
        yield from _parquet_rows(path) if path.suffix == ".parquet" else json_lines(path)
        return
    if not path.is_dir() and (source.count("/") != 1 or source.startswith((".", "/"))):
        raise SparError(
            f"{source} does not exist: a .jsonl or .parquet file, a folder, or a name on the Hub is expected"
        )
    from spar_data.sources.containers import load_dataset

    for number, row in enumerate(load_dataset(source, split), 1):
        yield f"{source}, row {number}", dict(row)


def json_lines(file: Path) -> Iterator[tuple[str, JsonRow]]:
    """Yields ("FILE, line N", object) for each line that is not blank."""
    return ((f"{file}, line {number}", row) for number, row in numbered_lines(file))


def numbered_lines(file: Path) -> Iterator[tuple[int, JsonRow]]:
    """Yields (N, object) for each line that is not blank. Raises SparError naming file and line."""
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


def json_list(file: Path, content: str) -> list[object]:
    """The list in a JSON file. content: what it should hold, for the SparError if it is no list."""
    try:
        rows = orjson.loads(file.read_bytes())
    except OSError as error:
        raise SparError(f"{file}: not readable ({error.strerror})") from None
    except orjson.JSONDecodeError as error:
        raise SparError(f"{file} is not JSON: {error.msg}, line {error.lineno}") from None
    if not isinstance(rows, list):
        raise SparError(f"{file}: a list of {content} is expected, this is {type(rows).__name__}")
    return rows


def locate(names: tuple[str, ...], hub: str) -> str:
    """The place of a benchmark that the user did not name.

    The first file or folder with one of the names under $SPAR_BENCHMARKS, then under benchmarks/ of the cache folder; else
    the name on the Hub.
    """
    for folder in (Path(p) for p in (os.environ.get("SPAR_BENCHMARKS"), cache_folder() / "benchmarks") if p):
        for name in names:
            matches = [folder / name] if (folder / name).exists() else sorted(folder.rglob(name))
            if matches:
                return str(matches[0])
    return hub


def _parquet_rows(file: Path) -> Iterator[tuple[str, JsonRow]]:
    import polars as pl

    try:
        frame = pl.read_parquet(file)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: not a parquet file: {first_line(error)}") from None
    for number, row in enumerate(frame.iter_rows(named=True), 1):
        yield f"{file}, row {number}", row
