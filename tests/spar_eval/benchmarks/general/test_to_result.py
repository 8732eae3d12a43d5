"""Scores, tables and notes from the output of the harness."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness_tasks import needs_harness

from spar_eval.benchmarks.general.config import GeneralConfig
from spar_eval.benchmarks.general.run import evaluate_general


@needs_harness
def test_multiple_choice_and_groups(tasks: Path, tiny: str, tmp_path: Path) -> None:
    result = evaluate_general(tiny, GeneralConfig("choices", include=tasks, cache=tmp_path / "cache"))
    (score,) = result.scores
    assert (score.name, score.n) == ("choices acc", 6)
    assert [row.name for row in result.tables[0].rows] == ["first acc", "second acc"]
    assert result.signature.startswith("general|choices-v2:0-shot:acc|")
    right = 0
    for item in result.items:
        likelihoods = item.detail["likelihoods"]
        assert item.response == max(likelihoods, key=likelihoods.__getitem__).strip()
        right += item.checks[0].verdicts["acc"] is True
        assert item.checks[0].reason.startswith(f"chose {item.response}; expected ")
        assert (item.checks[0].reason[-1] == item.response) == item.checks[0].verdicts["acc"]
    assert score.value == pytest.approx(right / 6)
