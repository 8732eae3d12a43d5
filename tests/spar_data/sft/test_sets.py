"""The ledger of the sets, its counts and its similarity."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from spar_data.sft.gates import GateDrop
from spar_data.sft.sets import SftSets


def test_counts_and_similarity_come_from_the_ledger(tmp_path: Path) -> None:
    sets = SftSets({"actor": [], "rest": []})
    assert sets.note("actor", "p", 0, None) and not sets.note("actor", "q", 0, GateDrop("refusal", "I can't"))
    for sample, similarity in enumerate((0.5, 0.9, 0.6)):
        sets.note("refine", "p", sample, None, similarity)
    sets.note("refine", "p", 3, GateDrop("changed too much"), 0.1)
    assert sets.counts()["actor"] == {"entered": 2, "kept": 1, "refusal": 1}
    assert sets.counts()["judge"] == {"entered": 0, "kept": 0}
    similarity_of_kept = sets.similarity()
    assert similarity_of_kept and similarity_of_kept["least"] == 0.5 and similarity_of_kept["median"] == 0.6
    sets.write(tmp_path)
    ledger = pl.read_parquet(tmp_path / "ledger.parquet")
    assert ledger["reason"].to_list() == [None, "refusal", None, None, None, "changed too much"]
    assert repr(sets) == "SftSets(actor: 0 rows, judge: 0 rows, refine: 0 rows, refine_test: 0 rows)"
    assert sets.to_polars().columns[0] == "id"
