"""Records become frames."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from spar_data.core.tables import frame, schema


@dataclass(frozen=True)
class _Inner:
    words: list[str]
    share: float | None


@dataclass(frozen=True)
class _Outer:
    id: str
    inner: _Inner


def test_schema_and_frame_of_nested_records() -> None:
    inner = {"words": pl.List(pl.String), "share": pl.Float64}
    assert schema(_Outer) == pl.Schema({"id": pl.String, "inner": pl.Struct(inner)})
    rows = frame([_Outer("a", _Inner(["x"], None)), _Outer("b", _Inner([], 0.5))], _Outer).to_dicts()
    assert rows == [
        {"id": "a", "inner": {"words": ["x"], "share": None}},
        {"id": "b", "inner": {"words": [], "share": 0.5}},
    ]
