"""Records become frames: the schema, and the place of a missing value."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from spar_data.core.tables import first_null, frame, schema


@dataclass(frozen=True)
class _Inner:
    words: list[str]
    share: float | None


@dataclass(frozen=True)
class _Outer:
    id: str
    inner: _Inner


def test_schema_and_missing_values_of_nested_records() -> None:
    inner = {"words": pl.List(pl.String), "share": pl.Float64}
    assert schema(_Outer) == pl.Schema({"id": pl.String, "inner": pl.Struct(inner)})
    whole = frame([_Outer("a", _Inner(["x"], None)), _Outer("b", _Inner([], 0.5))], _Outer)
    assert first_null(whole, _Outer) == ""
    broken = pl.DataFrame([{"id": "a", "inner": {"words": ["x", None], "share": None}}], schema=schema(_Outer))
    assert first_null(broken, _Outer) == "inner.words"
