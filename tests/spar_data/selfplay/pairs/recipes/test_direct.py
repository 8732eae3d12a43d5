"""Directly sampled pairs."""

from __future__ import annotations

from stored_rows import reasons, sample, votes, world

from spar_data.selfplay.pairs.pair_set import StoredRows
from spar_data.selfplay.pairs.recipes.direct import DirectConfig, direct


def test_direct_pairs_and_what_is_left_out() -> None:
    samples, _ = world()
    cut = direct(StoredRows(samples=samples), DirectConfig())
    assert [(p.chosen, p.rejected) for p in sorted(cut.pairs, key=lambda p: p.chosen)] == [
        ("a bee again", "nothing of the kind"),
        ("one bee", "a bee sat on me today"),
    ]
    assert reasons(cut, "prompt") == {"no No": 1, "no Yes": 1}
    assert reasons(cut, "response") == {"judged tie": 1, "length": 1, "judged unparsed": 1}
    assert sum(cut.started.values()) == 4 + len(samples)


def test_direct_draws_by_seed_and_never_equal_sides() -> None:
    many = [sample("p", i, f"text {i}", votes(5, 0) if i % 2 else votes(0, 5)) for i in range(10)]
    drawn = {seed: direct(StoredRows(samples=many), DirectConfig(pairs=3, seed=seed)).pairs for seed in range(6)}
    assert all(len({p.id for p in pairs}) == 3 for pairs in drawn.values())
    assert len({tuple(p.id for p in pairs) for pairs in drawn.values()}) > 1
    assert drawn[0] == direct(StoredRows(samples=many[::-1]), DirectConfig(pairs=3, seed=0)).pairs
    assert len(direct(StoredRows(samples=many), DirectConfig(pairs=99)).pairs) == 25
    same = [sample("p", 0, "same  text", votes(5, 0)), sample("p", 1, "same text\n", votes(0, 5))]
    cut = direct(StoredRows(samples=same), DirectConfig())
    assert not cut.pairs and reasons(cut, "prompt") == {"equal sides": 1}
