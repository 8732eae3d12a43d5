"""Writes files so that they appear whole or not at all: in a temporary file, flushed, then renamed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from spar_data.core.errors import SparError

if TYPE_CHECKING:
    import polars as pl

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"


@contextlib.contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yields a temporary path in the same folder, which replaces `path` on success and is removed on error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SparError(f"{path.parent}: this folder cannot be created ({error.strerror}): name another one") from None
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: object) -> None:
    write_text(path, json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_jsonl(path: Path, rows: Iterable[Mapping[str, object]]) -> int:
    """Writes one JSON object a line; returns the number of lines.

    A lone surrogate, which UTF-8 cannot hold, becomes "?".
    """
    number = 0
    with atomic(path) as temporary, temporary.open("w", encoding="utf-8", errors="replace") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            number += 1
    return number


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Writes a frame. Equal frames give equal bytes: fixed compression, fixed row groups, no metadata of the run."""
    with atomic(path) as temporary:
        frame.write_parquet(temporary, compression="zstd", compression_level=9, row_group_size=100_000)


def stream_parquet(path: Path, batches: Callable[[], Iterator[pl.DataFrame]], schema: pl.Schema) -> None:
    """Writes batches, for more rows than memory holds. Equal rows give equal bytes, however they are split into batches.

    Exceptions of `batches` are passed on.
    """
    from polars.io.plugins import register_io_source

    def source(
        columns: list[str] | None, predicate: object, rows: int | None, size: int | None
    ) -> Iterator[pl.DataFrame]:
        return batches()  # the sink asks for all columns and rows

    with atomic(path) as temporary:
        register_io_source(source, schema=schema).sink_parquet(
            temporary, compression="zstd", compression_level=3, row_group_size=10_000, maintain_order=True
        )


def sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
