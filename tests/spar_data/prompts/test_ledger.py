"""The funnel counts every row of every stage."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

from spar_data.prompts.filters import STAGES
from spar_data.prompts.ledger import funnel


def test_the_funnel_adds_up(built: tuple[Path, Path]) -> None:
    steps = funnel(built[0])
    assert [s.stage for s in steps] == list(STAGES)
    assert steps[0].entered >= 2000
    for before, after in itertools.pairwise(steps):
        assert after.entered == before.kept
    for step in steps:
        assert step.kept + step.dropped + step.failed == step.entered
        assert sum(n for _, n in step.reasons) == step.dropped + step.failed
    by_stage = {s.stage: s for s in steps}
    for stage in ("duplicate", "length", "keyword", "language", "self-bleu", "evolve"):
        assert by_stage[stage].dropped > 0, f"the embedded source has nothing that {stage} drops"
    files = json.loads((built[1] / "manifest.json").read_text())["files"]
    assert files["data/prompts.parquet"]["rows"] == steps[-1].kept
    assert files["data/seeds.parquet"]["rows"] == by_stage["self-bleu"].kept
