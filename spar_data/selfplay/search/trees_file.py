"""Writes trees.parquet from more rows than memory holds: full parts go to disk and are joined at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from spar_data.core.files import atomic, write_parquet
from spar_data.core.tables import frame
from spar_data.selfplay.records import Node

ROWS = 10_000  # of a part on disk, and of a row group


class TreesFile:
    """Rows in memory until there are enough of them for a part on disk."""

    def __init__(self, parts: Path) -> None:
        self._parts = parts
        self._rows: list[Node] = []
        self._files: list[Path] = []

    def add(self, nodes: Sequence[Node]) -> None:
        self._rows += nodes
        if len(self._rows) >= ROWS:
            self._flush()

    def write(self, out: Path) -> None:
        if not self._files:
            write_parquet(out, frame(self._rows, Node))
            return
        self._flush()
        with atomic(out) as temporary:
            pl.scan_parquet(self._files).sink_parquet(
                temporary, compression="zstd", compression_level=9, row_group_size=ROWS, maintain_order=True
            )

    def _flush(self) -> None:
        if self._rows:
            self._parts.mkdir(parents=True, exist_ok=True)
            self._files.append(self._parts / f"{len(self._files):06}.parquet")
            frame(self._rows, Node).write_parquet(self._files[-1], compression="lz4")
            self._rows = []


@contextmanager
def trees_file(out: Path) -> Iterator[TreesFile]:
    """Collects rows for a file. Removes its parts at the end, and those that killed runs left behind."""
    for old in out.parent.glob(f".{out.name}.*.parts"):
        with suppress(ProcessLookupError, PermissionError, ValueError):
            os.kill(int(old.name.split(".")[-2]), 0)
            continue
        shutil.rmtree(old, ignore_errors=True)
    parts = out.parent / f".{out.name}.{os.getpid()}.parts"
    try:
        yield TreesFile(parts)
    finally:
        shutil.rmtree(parts, ignore_errors=True)
