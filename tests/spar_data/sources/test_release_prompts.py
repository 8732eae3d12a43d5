"""Prompts of a release, read with decoded parameters."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from stored_rows import BEE, WORDS, prompts_file

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.core.records import Prompt
from spar_data.sources.release_prompts import constraints_by_id, constraints_by_text, read_prompts


def test_prompts_have_their_constraints(tmp_path: Path) -> None:
    file = prompts_file(tmp_path, ["p", "q"])
    assert read_prompts(file) == [Prompt(row_id(text), text, (WORDS, BEE)) for text in "pq"]
    assert constraints_by_text(file) == {"p": (WORDS, BEE), "q": (WORDS, BEE)}
    assert constraints_by_id(file) == {row_id("p"): (WORDS, BEE), row_id("q"): (WORDS, BEE)}


def test_ids_of_the_file_go_before_hashes(tmp_path: Path) -> None:
    file = tmp_path / "prompts.parquet"
    rows = pl.read_parquet(prompts_file(tmp_path, ["p"]))
    rows.with_columns(id=pl.lit("own")).write_parquet(file)
    assert read_prompts(file)[0].id == "own"
    rows.drop("id").write_parquet(file)
    assert read_prompts(file)[0].id == row_id("p")


def test_a_malformed_parameter_is_named_with_file_and_row(tmp_path: Path) -> None:
    file = prompts_file(tmp_path, ["p", "q"])
    rows = pl.read_parquet(file).to_dicts()
    rows[1]["constraints"][1]["params"] = "{"
    pl.DataFrame(rows, schema=pl.read_parquet_schema(file)).write_parquet(file)
    with pytest.raises(SparError, match=r"prompts\.parquet: row 2: constraint 2: 'params' is no JSON"):
        constraints_by_id(file)


def test_other_files(tmp_path: Path) -> None:
    """Reading prompts asks for a release; the constraints of any source are asked for without knowing what it is."""
    other = tmp_path / "other.parquet"
    pl.DataFrame({"prompt": ["p"]}).write_parquet(other)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    for name in ("other.parquet", "broken.parquet", "missing.parquet"):
        with pytest.raises(SparError, match=rf"{name}: the prompts\.parquet of a release is expected"):
            read_prompts(tmp_path / name)
    for name in ("other.parquet", "broken.parquet", "missing.parquet", "prompts.jsonl", ""):
        assert constraints_by_id(tmp_path / name if name else "") == {}
