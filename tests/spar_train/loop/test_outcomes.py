"""The result file of a step decides whether it is done; missing rows are explained with numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted_loop import ALL, plan, play, starts

from spar_data.core.errors import SparError
from spar_train.loop.config import LoopConfig
from spar_train.loop.outcomes import step_outcome
from spar_train.loop.steps import loop_steps


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("iteration_1__selfplay", "token budget"),
        ("iteration_1__actor", "not finished"),
        ("iteration_1__eval__fresh", "incomplete: stopped by the budget"),
    ],
)
def test_a_step_that_ends_without_its_result_is_not_done(
    config: LoopConfig, tmp_path: Path, step: str, why: str
) -> None:
    plan(tmp_path, **{step: "unfinished"})
    with pytest.raises(SparError, match=f"ended without its result.*{why}"):
        play(config)


def test_missing_pairs_are_explained_with_numbers(config: LoopConfig, tmp_path: Path) -> None:
    plan(tmp_path, iteration_1__pairs="empty")
    with pytest.raises(SparError) as caught:
        play(config)
    text = str(caught.value)
    assert "no rows to train on" in text
    assert "7 samples, verdicts: 2 Yes, 5 No, 3 negatives" in text
    assert "3 trees, 2 succeeded" in text
    assert "2 tree: no refinement that could be used" in text
    assert starts(config) == ALL[:3]


def test_a_result_file_that_cannot_be_read_does_not_count(config: LoopConfig) -> None:
    play(config)
    step = next(each for each in loop_steps(config) if each.name == "iteration-1/pairs")
    assert step_outcome(step).done
    (step.out / "statistics.json").write_text("{")
    assert "not readable" in step_outcome(step).reason
    (step.out / "statistics.json").write_text("[]")
    assert not step_outcome(step).done
