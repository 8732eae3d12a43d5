"""Files appear whole or not at all: written beside their place, flushed, then renamed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from spar_data.core.errors import SparError

if TYPE_CHECKING:
    import polars as pl

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yields a temporary path in the same folder; on success it takes the place of `path`, on error it is removed."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SparError(f"{path.parent}: this folder cannot be made ({error.strerror}): name another one") from None
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
    """One JSON object a line; returns how many. Half a surrogate pair, which no UTF-8 file can hold, becomes "?"."""
    number = 0
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", errors="replace") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            number += 1
    return number


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """The same frame gives the same bytes: fixed compression, fixed row groups, no metadata of the run."""
    with atomic(path) as temporary:
        frame.write_parquet(temporary, compression="zstd", compression_level=9, row_group_size=100_000)


def stream_parquet(path: Path, batches: Callable[[], Iterator[pl.DataFrame]], schema: pl.Schema) -> None:
    """The same for more rows than memory holds, batch by batch. Equal rows give equal bytes, however they are cut into
    batches. What a batch raises comes through."""
    from polars.io.plugins import register_io_source

    def source(columns: list[str] | None, predicate: Any, rows: int | None, size: int | None) -> Iterator[pl.DataFrame]:
        return batches()  # nothing is asked of it but all of its rows

    with atomic(path) as temporary:
        register_io_source(source, schema=schema).sink_parquet(
            temporary, compression="zstd", compression_level=3, row_group_size=10_000, maintain_order=True
        )


def sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
