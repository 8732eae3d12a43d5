"""Files that are not what their name says are refused."""

from __future__ import annotations

import gzip
from pathlib import Path

import polars as pl
import pytest

from spar_data.core.errors import SparError
from spar_data.sources.prompts import SourceConfig, read_batches


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("x.parquet", b"PK\x03\x04 no parquet", "name says parquet"),
        ("x.jsonl.gz", b'{"prompt": "a"}', "name says gzip"),
        ("x.jsonl.zst", b"hello world", "name says zstd"),
        ("x.jsonl", b'[{"prompt": "a"}]', "one JSON array"),
        ("x.jsonl", b"", "no rows"),
        ("x.jsonl", b'{"text": "a"}\n' * 150, "first 100 rows are all unusable; row 1"),
        ("x.csv", b"prompt\nhello", "unknown kind of file"),
        (
            "x.jsonl.gz",
            gzip.compress(b'{"prompt": "long enough prompt"}\n' * 5000)[:-40],
            r"damaged or cut off after line \d+",
        ),
    ],
)
def test_files_that_are_not_what_they_claim(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(SparError, match=message):
        list(read_batches(SourceConfig(paths=(str(path),))))


def test_parquet_without_a_known_column_lists_what_it_has(tmp_path: Path) -> None:
    pl.DataFrame({"question": ["a"], "answer": ["b"]}).write_parquet(tmp_path / "x.parquet")
    with pytest.raises(SparError, match="columns are question, answer"):
        list(read_batches(SourceConfig(paths=(str(tmp_path / "x.parquet"),))))
