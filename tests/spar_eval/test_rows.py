"""Rows as people pass them."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from spar_data.core.errors import SparError
from spar_eval.rows import RowSource, rows_of, source_name

ROWS = [{"id": "a", "n": 1}, {"id": "b", "n": 2}]


@pytest.mark.parametrize("form", ["path", "text", "frame", "list"])
def test_all_forms_give_the_same_rows(form: str, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    sources: dict[str, RowSource] = {"path": file, "text": str(file), "frame": pl.DataFrame(ROWS), "list": ROWS}
    rows = list(rows_of(sources[form]))
    assert [row for _, row in rows] == ROWS
    assert rows[1][0] == (f"{file}, line 2" if form in ("path", "text") else "row 2")
    assert source_name(sources[form]) == (str(file) if form in ("path", "text") else "given in memory")


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(SparError, match="does not exist"):
        list(rows_of("no/such/file.jsonl"))
