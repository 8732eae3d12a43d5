"""The history of a row: every stage, and the row that caused its drop."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from spar_data.prompts.row_history import explain


def test_why_follows_a_row_to_the_one_that_caused_its_drop(built: tuple[Path, Path]) -> None:
    ledger = pl.read_parquet(built[0] / "ledger" / "05-self-bleu" / "*.parquet").filter(pl.col("status") == "dropped")
    row = ledger.row(0, named=True)
    lines = explain(built[0], row["id"])
    assert [line["stage"] for line in lines] == ["read", "duplicate", "length", "keyword", "language", "self-bleu"]
    assert lines[-1]["cause_text"].startswith(row["cause"]) and len(lines[-1]["cause_text"]) > 25
    prompt = pl.read_parquet(built[0] / "prompts.parquet").row(0, named=True)
    for name in (prompt["id"], prompt["seed_id"]):
        assert [line["stage"] for line in explain(built[0], name)][-2:] == ["evolve", "decontaminate"]
