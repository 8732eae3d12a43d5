"""Records in parquet files: as they were written, and errors that name what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pairs_commands import pairs, world_run

from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.core.tables import frame, schema
from spar_data.models import Message
from spar_data.selfplay.records import Dialogue, Pair
from spar_data.selfplay.stored_rows import to_records


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return world_run(tmp_path)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            Dialogue("i", "actor", "x", "p", [Message("user", "q")], "", []),
            "a prompt that ends with a message of the user",
        ),
        (Dialogue("i", "actor", "x", "p", [Message("user", "q"), Message("assistant", " ")], "", []), "expected last"),
        (Pair("i", "x", "p", [Message("user", "q")], "same", "same ", None, None, []), "two different sides"),
        (Pair("i", "x", "p", [Message("user", "q")], "", "other", None, None, []), "two different sides"),
        (Pair("i", "x", "p", [], "one", "other", None, None, []), "a prompt that ends with"),
    ],
)
def test_added_rows_that_teach_nothing_are_refused(row: Any, said: str, run: Path, tmp_path: Path) -> None:
    write_parquet(tmp_path / "mine.parquet", frame([row], type(row)))
    result = pairs(run, "--recipe", "spar", "--add", "mine.parquet", "--out", str(tmp_path / "o"))
    assert isinstance(result.exception, SparError) and not (tmp_path / "o").exists()
    assert "mine.parquet: row 1: " in str(result.exception) and said in str(result.exception)


@pytest.mark.parametrize("column", ["prompt", "response", "votes"])
def test_nulls_are_named(column: str, run: Path, tmp_path: Path) -> None:
    found = pl.read_parquet(run / "samples.parquet")
    here = pl.when(pl.int_range(pl.len()) != 2).then(pl.col(column)).alias(column)
    write_parquet(run / "samples.parquet", found.with_columns(here))
    result = pairs(run, "--recipe", "refiner-paper", "--out", str(tmp_path / "o"))
    assert isinstance(result.exception, SparError) and not (tmp_path / "o").exists()
    assert f"samples.parquet: row 3: '{column}' is null" in str(result.exception)


@dataclass(frozen=True)
class _Inner:
    words: list[str]
    share: float | None


@dataclass(frozen=True)
class _Outer:
    id: str
    inner: _Inner


def test_a_null_in_a_nested_record_is_named() -> None:
    records = [_Outer("a", _Inner(["x"], None)), _Outer("b", _Inner([], 0.5))]
    assert to_records(frame(records, _Outer), _Outer) == records
    broken = pl.DataFrame([{"id": "a", "inner": {"words": ["x", None], "share": None}}], schema=schema(_Outer))
    with pytest.raises(SparError, match=r"rows.parquet: row 8: 'inner.words' is null"):
        to_records(broken, _Outer, Path("rows.parquet"), 7)
