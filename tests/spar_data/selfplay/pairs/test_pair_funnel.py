"""The funnel from responses to rows, counted by hand."""

from __future__ import annotations

from stored_rows import world

from spar_data.selfplay.pairs.pair_funnel import pair_funnel
from spar_data.selfplay.pairs.pair_set import StoredRows
from spar_data.selfplay.pairs.recipes.direct import DirectConfig, direct


def test_every_step_adds_up() -> None:
    samples, _ = world()
    steps = pair_funnel(samples, {"direct": direct(StoredRows(samples), DirectConfig())})
    assert [(s.stage, s.entered, s.kept) for s in steps] == [
        ("responses", 9, 8), ("responses judged", 8, 6), ("prompts with a failing response", 4, 3),
        ("direct: prompts", 4, 2),
    ]  # fmt: skip
    assert steps[1].reasons == [("tie", 1), ("unparsed", 1)]
    assert steps[2].reasons == [("every judged response follows", 1)]
    assert all(s.entered == s.kept + s.dropped + s.failed for s in steps)
