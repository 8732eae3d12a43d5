"""Loops grouped by settings, and scores pooled over seeds."""

from __future__ import annotations

import math
import statistics
from pathlib import Path

import loop_folders as folders
import pytest

from spar_eval.run_folder import load_result
from spar_train.report.load import load
from spar_train.report.seeds import (
    change_since_start,
    group_by_settings,
    pooled,
    scores_at,
    setting_text,
    student,
    t_point,
)


def test_student() -> None:
    """Against published tables (Fisher and Yates), and by hand: 1, 2, 3 have mean 2, sd 1, so 2 +- 4.30265 / sqrt 3."""
    for freedom, point in ((1, 12.706), (2, 4.303), (3, 3.182), (10, 2.228), (30, 2.042), (100, 1.984), (1000, 1.962)):
        assert t_point(freedom) == pytest.approx(point, abs=5e-4)
    assert student([1, 2, 3]) == pytest.approx((2, 2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)))


def test_seeds_are_pooled_and_recipes_are_not(tmp_path: Path) -> None:
    made = [folders.loop(tmp_path / f"{r}{s}", r, s) for r in ("spar", "direct") for s in range(3)]
    found = group_by_settings([load(each) for each in made])
    assert [(group.label, group.runs) for group in found] == [
        ("spar", "3 runs, seeds 0, 1, 2"), ("direct", "3 runs, seeds 0, 1, 2")
    ]  # fmt: skip
    values = [
        next(s.value for s in load_result(each / "iteration-2/eval/fresh").scores if s.name == "prompt-strict")
        for each in made[:3]
    ]
    assert len(set(values)) > 1
    end = pooled(dict(scores_at(found[0], "fresh", "prompt-strict"))[2])
    assert end.n == 3 and (end.value, end.low, end.high) == student(values)
    assert end.stderr == pytest.approx(statistics.stdev(values) / math.sqrt(3))
    start = pooled(dict(scores_at(found[0], "fresh", "prompt-strict"))[0])
    assert start.value == 0.3 and math.isnan(start.low) and "equal in all 3 runs" in start.method


def test_one_run_keeps_its_interval_and_the_change_is_paired(tmp_path: Path) -> None:
    loop = load(folders.loop(tmp_path / "a", gain=0.2))
    (group,) = group_by_settings([loop])
    own = loop.results["fresh", 3].score("prompt-strict")
    assert pooled(dict(scores_at(group, "fresh", "prompt-strict"))[3]) == own
    made = change_since_start(group, "fresh", "prompt-strict")
    assert made and made[0] == 3 and made[1].method == "paired by prompt, Newcombe"
    assert made[1].value == pytest.approx(own.value - 0.3)


def test_other_settings_are_another_curve(tmp_path: Path) -> None:
    one = folders.loop(tmp_path / "a", overrides=[])
    two = folders.loop(tmp_path / "b", overrides=["dpo.beta=0.5"])
    found = group_by_settings([load(one), load(two)])
    assert [(group.label, group.settings) for group in found] == [
        ("spar A", "overrides none"), ("spar B", "overrides dpo.beta=0.5")
    ]  # fmt: skip


def test_a_change_over_seeds_leaves_out_runs_without_a_start(tmp_path: Path) -> None:
    made = [folders.loop(tmp_path / str(seed), seed=seed) for seed in range(3)]
    (made[2] / "iteration-0/eval/fresh/results.json").unlink()
    (group,) = group_by_settings([load(folder) for folder in made])
    ends = dict(scores_at(group, "fresh", "prompt-strict"))[3]
    change = change_since_start(group, "fresh", "prompt-strict")
    assert change and change[0] == 3 and len(ends) == 3
    assert (change[1].n, change[1].value) == (2, pytest.approx(statistics.fmean(s.value - 0.3 for s in ends[:2])))


def test_a_setting_in_a_few_words() -> None:
    assert setting_text({"name": "smollm2", "digest": 64 * "0"}) == "smollm2"
    assert setting_text([{"name": "a"}, "", "b"]) == "a, b" and setting_text([]) == setting_text(None) == "none"
    assert setting_text("x" * 70) == "x" * 59 + "…" and setting_text(0.5) == "0.5"
