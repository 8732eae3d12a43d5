"""SPIN's pairs."""

from __future__ import annotations

from dataclasses import replace

from stored_rows import reasons, sample, sft_row, votes

from spar_data.core.ids import row_id
from spar_data.selfplay.pairs.pair_set import StoredRows
from spar_data.selfplay.pairs.recipes.spin import SpinConfig, spin


def test_spin_pairs_sft_against_samples_and_mixes_the_previous_iteration() -> None:
    new = [sample("p", 0, "gold", votes(0, 5)), sample("p", 1, "new"), sample("q", 0, "q", problem="length: cut")]
    old = [sample("p", 0, "old")]
    rows = StoredRows(
        samples=new, sft=[sft_row("p", "gold"), sft_row("q", "g"), sft_row("p", "j", "judge")], previous=old
    )
    cut = spin(rows, SpinConfig())
    assert sorted((p.chosen, p.rejected) for p in cut.pairs) == [("gold", "new"), ("gold", "old")]
    assert all(p.chosen_value is None for p in cut.pairs) and cut.started == {"SFT rows": 4}
    why = {"no sample of its prompt (newest iteration)": 1, "no sample of its prompt (previous iteration)": 1}
    assert reasons(cut, "SFT row") == why
    assert [p.rejected for p in spin(rows, SpinConfig(mix=False)).pairs] == ["new"]


def test_spin_takes_no_sample_of_another_prompt_with_the_same_id() -> None:
    stranger = replace(sample("another prompt", 0, "s"), prompt_id=row_id("p"))
    cut = spin(StoredRows(samples=[stranger], sft=[sft_row("p", "gold")]), SpinConfig())
    assert not cut.pairs and reasons(cut, "SFT row") == {"no sample of its prompt (newest iteration)": 1}
