"""Files appear whole or not at all, and equal rows give equal bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from spar_data.core.errors import SparError
from spar_data.core.files import atomic, sha256, stream_parquet, write_json, write_jsonl, write_parquet
from spar_data.selfplay.records import Sample


def test_an_interrupted_write_leaves_the_old_file_and_no_temporary_one(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"old": 1})
    with pytest.raises(RuntimeError), atomic(tmp_path / "a.json") as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert json.loads((tmp_path / "a.json").read_text()) == {"old": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_folder_that_cannot_be_created_is_an_error_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SparError, match="cannot be created"):
        write_json(tmp_path / "file" / "a.json", {})


def test_json_lines_are_counted_and_lone_surrogates_replaced(tmp_path: Path) -> None:
    assert write_jsonl(tmp_path / "a.jsonl", ({"text": text} for text in ("ü", "a\ud800b"))) == 2
    lines = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["ü", "a?b"]


def test_equal_rows_give_equal_bytes_however_they_are_batched(tmp_path: Path) -> None:
    frame = pl.DataFrame({"n": range(25_000), "text": [f"row {i}" for i in range(25_000)]})

    def batches(size: int) -> Iterator[pl.DataFrame]:
        return iter(frame.iter_slices(size))

    for name, size in (("a", 700), ("b", 24_000)):
        stream_parquet(tmp_path / f"{name}.parquet", lambda size=size: batches(size), frame.schema)  # type: ignore[misc]
    assert sha256(tmp_path / "a.parquet") == sha256(tmp_path / "b.parquet")
    assert pl.read_parquet(tmp_path / "a.parquet").equals(frame)
    write_parquet(tmp_path / "c.parquet", frame)
    assert pl.read_parquet(tmp_path / "c.parquet").equals(frame)


def test_an_error_of_a_batch_is_passed_on(tmp_path: Path) -> None:
    def broken() -> Iterator[pl.DataFrame]:
        yield pl.DataFrame({"n": [1]})
        raise SparError("broken row")

    with pytest.raises(Exception, match="broken row"):
        stream_parquet(tmp_path / "a.parquet", broken, pl.Schema({"n": pl.Int64}))
    assert not (tmp_path / "a.parquet").exists()


def test_streamed_parquet_does_not_depend_on_the_batches(tmp_path: Path) -> None:
    rows = pl.DataFrame({"a": range(25_000), "b": [f"text {i}" for i in range(25_000)]})
    for size in (7, 1000, 25_000):
        stream_parquet(tmp_path / f"{size}.parquet", lambda size=size: rows.iter_slices(size), rows.schema)  # type: ignore[misc]
    one, two, three = ((tmp_path / f"{size}.parquet").read_bytes() for size in (7, 1000, 25_000))
    assert one == two == three and pl.read_parquet(tmp_path / "7.parquet").equals(rows)

    def broken() -> Iterator[pl.DataFrame]:
        yield rows
        raise SparError("no further row")

    with pytest.raises(SparError, match="no further row"):
        stream_parquet(tmp_path / "broken.parquet", broken, rows.schema)
    assert [f.name for f in tmp_path.iterdir() if "broken" in f.name] == []
    assert Sample.__dataclass_fields__.keys() >= {"pass_rate"}
