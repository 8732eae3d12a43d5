"""Differences between two results: paired by prompt wherever the scores can be recomputed from the items."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hand_made_results import ROWS_A, ROWS_B, checked_result

from spar_data.core.intervals import Estimate, wilson
from spar_eval.report.differences import differences
from spar_eval.results import Check, Item, Result, Table
from spar_eval.statistics.paired import newcombe


def _differences(a: Result, b: Result) -> dict[str, Estimate]:
    return {d.score.name: d.score for d in differences(a, b)}


def test_differences_are_paired_by_prompt() -> None:
    """Prompts go -1, +1, 0, +1; each has one outcome. Checks go -1, +1, 0, +1 of 2, 1, 1, 2: 1/6 of six, with residuals
    -4/3, 5/6, -1/6, 2/3 over 6, times sqrt(4/3)."""
    found = _differences(checked_result(ROWS_A), checked_result(ROWS_B))
    prompt, instruction = found["prompt-strict"], found["instruction-strict"]
    assert prompt.value == 0.25 and prompt.method == "paired by prompt, Newcombe"
    expected = newcombe(1, 2, 1, 0)
    assert (prompt.low, prompt.high) == (expected.low, expected.high) and prompt.low < 0.25 < prompt.high
    squares = (4 / 3) ** 2 + (5 / 6) ** 2 + (1 / 6) ** 2 + (2 / 3) ** 2
    assert instruction.value == pytest.approx(1 / 6) and instruction.method == "paired by prompt, normal"
    assert instruction.stderr == pytest.approx(math.sqrt(squares * 4 / 3) / 6)
    assert instruction.high - instruction.value == pytest.approx(1.959964 * instruction.stderr)
    assert found["case:lower"].value == pytest.approx(1 / 3)
    lower, expected = found["case:lower"], newcombe(2, 1, 0, 0)
    assert (lower.low, lower.high) == (expected.low, expected.high)
    for name, backwards in _differences(checked_result(ROWS_B), checked_result(ROWS_A)).items():
        assert (backwards.low, backwards.high) == (pytest.approx(-found[name].high), pytest.approx(-found[name].low))


def test_differences_without_an_interval() -> None:
    def methods(a: Result, b: Result) -> dict[str, str]:
        return {name: each.method for name, each in _differences(a, b).items()}

    assert (
        methods(checked_result(ROWS_A), checked_result(ROWS_A))["instruction-strict"]
        == "no prompt differs: no interval"
    )
    kappa = Estimate("kappa", 0.4, 9, 0.3, 0.5, 0.05, "bootstrap", "kappa")
    a, b = (replace(checked_result(ROWS_A), scores=(replace(kappa, value=v),)) for v in (0.4, 0.6))
    assert methods(a, b)["kappa"] == "not paired: no interval"
    assert _differences(a, b)["kappa"].value == pytest.approx(0.2)
    nothing = replace(checked_result(ROWS_A), scores=(wilson("kappa", 0, 0),), tables=())
    assert _differences(nothing, nothing) == {}
    assert "only one" not in methods(
        checked_result(ROWS_A), replace(checked_result(ROWS_A), scores=(wilson("only one", 1, 2),))
    )


def test_difference_of_a_mean_of_headline_scores() -> None:
    def with_mean(result: Result) -> Result:
        value = sum(score.value for score in result.scores) / 2
        return replace(result, scores=(*result.scores, Estimate("mean of both", value, 4, 0.1, 0.9, 0.1, "bootstrap")))

    found = _differences(with_mean(checked_result(ROWS_A)), with_mean(checked_result(ROWS_B)))
    assert found["mean of both"].value == pytest.approx((1 / 4 + 1 / 6) / 2)
    parts = [
        (-1.25 / 4 - 4 / 3 / 6) / 2,
        (0.75 / 4 + 5 / 6 / 6) / 2,
        (-0.25 / 4 - 1 / 6 / 6) / 2,
        (0.75 / 4 + 2 / 3 / 6) / 2,
    ]
    assert found["mean of both"].stderr == pytest.approx(math.sqrt(sum(p * p for p in parts) * 4 / 3))


def test_differences_of_groups_and_the_undecided() -> None:
    """Undecided counts as failed in one score and is left out of the other; the page finds out which."""

    def judged(verdicts: list[bool | None]) -> Result:
        items = tuple(
            Item(str(i), "p", "", (Check("preference", {"correct": v}, ""),), group="natural" if i < 4 else "other")
            for i, v in enumerate(verdicts)
        )
        known = [v for v in verdicts if v is not None]
        scores = (wilson("correct", sum(known), len(verdicts)), wilson("correct, decided", sum(known), len(known)))
        groups = [[v is True for v in part] for part in (verdicts[:4], verdicts[4:])]
        rows = tuple(wilson(n, sum(g), len(g)) for n, g in zip(("natural", "other"), groups, strict=True))
        return Result("llmbar", "m", "s", scores, items, (Table("correct, by subset", rows),))

    a, b = judged([True, None, False, True, True, False]), judged([True, True, None, None, True, True])
    found = {(d.table, d.score.name): d.score for d in differences(a, b)}
    assert {score.method for score in found.values()} == {"paired by prompt, Newcombe", "paired by prompt, normal"}
    assert found["", "correct, decided"].method == "paired by prompt, normal"  # of other prompts in A than in B
    assert found["", "correct"].value == pytest.approx(1 / 6)
    assert found["", "correct, decided"].value == pytest.approx(1 - 3 / 5)
    assert found["correct, by subset", "other"].value == pytest.approx(1 / 2)
