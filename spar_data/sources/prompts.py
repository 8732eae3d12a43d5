"""Sources, batch by batch: JSON Lines (plain, .gz, .zst), parquet, and datasets of the Hub or in its local format.

Rows become columns at once; a source of ten million conversations never sits in memory as Python objects. A row that does
not fit is reported with its place; a file that is not what it claims to be is a SparError.
"""

from __future__ import annotations

import glob
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import orjson
import polars as pl
import zstandard

from spar_data.core.assets import asset
from spar_data.core.errors import SparError, missing_package
from spar_data.core.ids import row_id
from spar_data.sources.row_shapes import COLUMNS, LANGUAGE_COLUMNS, BadRow, prompt_of

_ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
_MAGIC = {".gz": (b"\x1f\x8b", "gzip"), ".zst": (b"\x28\xb5\x2f\xfd", "zstd"), ".parquet": (b"PAR1", "parquet")}
_TRIAL = 100  # a file whose first rows are all bad is not a source
_ROWS = pl.Schema({"id": pl.String, "prompt": pl.String, "language": pl.String, "source": pl.String, "row": pl.Int64})
_BAD = pl.Schema({"id": pl.String, "source": pl.String, "row": pl.Int64, "reason": pl.String})


@dataclass(frozen=True)
class SourceConfig:
    """Where rows come from.

    paths     files, folders or globs; none, and no dataset: the seeds that ship with the project.
    dataset   a name on the Hub (read as a stream) or a local folder, loaded with the package `datasets`.
    subset, split   of the dataset.
    limit     read at most so many rows; 0 = all.
    """

    paths: tuple[str, ...] = ()
    dataset: str = ""
    subset: str = ""
    split: str = "train"
    limit: int = 0

    def __post_init__(self) -> None:
        if self.paths and self.dataset:
            raise SparError("source.paths and source.dataset are both given: one of them is expected")
        if self.limit < 0:
            raise SparError(f"source.limit = {self.limit}: 0 (no limit) or a positive number is expected")


class RowBatch(NamedTuple):
    """rows: id, prompt, language (null = unknown), source, row. bad: id, source, row, reason."""

    rows: pl.DataFrame
    bad: pl.DataFrame


class _Row(NamedTuple):
    row: int
    value: Any  # what was read, or a BadRow


def source_files(config: SourceConfig) -> list[Path]:
    """The files of a source in reading order; none for a dataset. Raises SparError for a path that holds no source."""
    if config.dataset:
        return []
    if not config.paths:
        return sorted(asset("seeds").glob("*.jsonl"))
    found: list[Path] = []
    for given in config.paths:
        path = Path(given)
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.name.endswith(_ENDINGS))
        elif path.is_file():
            inside = [path]
        else:
            inside = sorted(Path(p) for p in glob.glob(given, recursive=True) if Path(p).is_file())
        if not inside:
            raise SparError(f"source {given}: no such file, or no {', '.join(_ENDINGS)} file in it")
        for file in inside:
            if not file.name.endswith(_ENDINGS):
                raise SparError(f"source {file}: unknown kind of file; one of {', '.join(_ENDINGS)} is expected")
        found += inside
    return found


def read_batches(config: SourceConfig, batch_rows: int = 50_000) -> Iterator[RowBatch]:
    """Yields the source in batches, in order. Rows are numbered from 1 within their file or dataset."""
    left = config.limit or None
    for source, rows in _sources(config):
        while left is None or left > 0:
            chunk = list(islice(rows, batch_rows if left is None else min(batch_rows, left)))
            if not chunk:
                break
            left = None if left is None else left - len(chunk)
            yield _batch(source, chunk)


def _sources(config: SourceConfig) -> Iterator[tuple[str, Iterator[_Row]]]:
    if config.dataset:
        yield config.dataset, _numbered(_dataset_rows(config))
        return
    for path in source_files(config):
        rows = _parquet_rows(path) if path.suffix == ".parquet" else _json_rows(path)
        yield path.name, _not_all_bad(path, rows)


def _batch(source: str, chunk: list[_Row]) -> RowBatch:
    good: list[tuple[str, str, str | None, str, int]] = []
    bad: list[tuple[str, str, int, str]] = []
    for number, value in chunk:
        try:
            if isinstance(value, BadRow):
                raise value
            prompt, language = prompt_of(value)
            good.append((row_id(prompt), prompt, language, source, number))
        except BadRow as reason:
            bad.append((row_id(source, str(number)), source, number, str(reason)))
    return RowBatch(pl.DataFrame(good, schema=_ROWS, orient="row"), pl.DataFrame(bad, schema=_BAD, orient="row"))


def _numbered(values: Iterable[Any]) -> Iterator[_Row]:
    return (_Row(number, value) for number, value in enumerate(values, 1))


def _not_all_bad(path: Path, rows: Iterator[_Row]) -> Iterator[_Row]:
    """Passes rows on, unless the first hundred (or all, if fewer) are bad."""
    first = list(islice(rows, _TRIAL))
    if not first:
        raise SparError(f"{path}: no rows in it")
    reasons = [_reason(row.value) for row in first]
    if all(reasons):
        raise SparError(f"{path}: the first {len(first)} rows are all unusable; row {first[0].row}: {reasons[0]}")
    yield from first
    yield from rows


def _reason(value: Any) -> str:
    if isinstance(value, BadRow):
        return str(value)
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
        return gzip.open(path)  # type: ignore[return-value]
    if path.suffix == ".zst":
        return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(open(path, "rb"), read_across_frames=True))
    return open(path, "rb")


def _json_rows(path: Path) -> Iterator[_Row]:
    _check_magic(path)
    number = 0
    with _open(path) as file:
        try:
            for number, line in enumerate(file, 1):
                if number == 1 and line.lstrip().startswith(b"["):
                    raise SparError(f"{path}: this is one JSON array; JSON Lines (one object a line) is expected")
                if line.strip():
                    try:
                        yield _Row(number, orjson.loads(line))
                    except orjson.JSONDecodeError as error:
                        yield _Row(number, BadRow(f"not valid JSON: {error.msg} at character {error.colno}"))
        except (EOFError, OSError, zlib.error, zstandard.ZstdError) as error:
            raise SparError(f"{path}: damaged or cut off after line {number}: {error}; fetch the file again") from None


def _parquet_rows(path: Path) -> Iterator[_Row]:
    _check_magic(path)
    try:
        frame = pl.scan_parquet(path)
        columns = frame.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SparError(f"{path}: not readable as parquet: {str(error).splitlines()[0]}") from None
    wanted = [c for c in (*COLUMNS, "input", *LANGUAGE_COLUMNS) if c in columns]
    if not set(wanted) & set(COLUMNS):
        raise SparError(f"{path}: columns are {', '.join(columns)}; one of {', '.join(COLUMNS)} is expected")
    number = 0
    for batch in frame.select(wanted).collect_batches(maintain_order=True, chunk_size=10_000):
        for row in batch.iter_rows(named=True):
            number += 1
            yield _Row(number, row)


def _dataset_rows(config: SourceConfig) -> Iterator[dict[str, Any]]:
    try:
        import datasets
    except ImportError:
        raise missing_package("datasets", "hub", f"source.dataset = {config.dataset!r}") from None
    local = Path(config.dataset).is_dir()
    try:
        data = datasets.load_dataset(config.dataset, config.subset or None, split=config.split, streaming=not local)
    except Exception as error:  # datasets raises a dozen kinds of its own and its dependencies'
        raise SparError(
            f"dataset {config.dataset!r} (subset {config.subset or 'none'}, split {config.split!r}) could not be loaded: "
            f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
        ) from None
    columns = data.column_names or []
    keep = [c for c in (*COLUMNS, "input", *LANGUAGE_COLUMNS) if c in columns]
    if columns and not set(keep) & set(COLUMNS):
        raise SparError(
            f"dataset {config.dataset!r}: columns are {', '.join(columns)}; one of {', '.join(COLUMNS)} is expected"
        )
    yield from (data.select_columns(keep) if columns else data)
