"""Conclusions: the change of scores over all loops."""

from __future__ import annotations

from pathlib import Path

from evaluated_loops import loops

from spar_train.loop.progress import conclusions


def test_scores_of_all_seeds_together(tmp_path: Path) -> None:
    better, same = [[True, True], [True, False]] * 20, [[True, False], [False, False]] * 20
    prompts, instructions = conclusions(loops(tmp_path, better, same))
    assert (prompts.unit, prompts.change.n, prompts.iteration, prompts.verdict) == ("prompts", 40, 2, "rose")
    assert prompts.by_loop == (0.5, 0.0)
    assert prompts.change.value == 0.25
    assert (instructions.change.a, instructions.change.b) == (0.25, 0.5)
    assert prompts.change.low <= 0.25 <= prompts.change.high
    assert prompts.cut_off == (24, 10)
    assert "0.0% at the start, 25.0% after iteration 2: +25.0 points" in prompts.line()
    assert "(by loop +50.0, +0.0): it rose; cut-off responses 24 -> 10" in prompts.line()


def test_changes_within_chance_and_falls_are_named(tmp_path: Path) -> None:
    (config,) = loops(tmp_path, [[True, False], [False, False]] * 19 + [[True, True], [False, False]])
    prompts, _ = conclusions([config])
    assert prompts.verdict == "did not change beyond chance"
    (worse,) = loops(tmp_path / "w", [[False, False], [False, False]] * 20)
    assert conclusions([worse])[1].verdict == "fell"
