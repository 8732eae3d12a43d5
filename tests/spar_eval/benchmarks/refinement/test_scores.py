"""Scores of judged refinements by hand."""

from __future__ import annotations

from spar_eval.benchmarks.refinement.scores import accuracies, problem_counts, tables
from spar_eval.results import Check, Item


def _item(name: str, *verdicts: str, problem: str = "", prompt: str = "") -> Item:
    """verdicts: of the judges a and b."""
    judges = {judge: {"verdict": verdict} for judge, verdict in zip("ab", verdicts, strict=True)}
    checks = tuple(
        Check(judge, {"accurate": verdict == "Yes"}, "") for judge, verdict in zip("ab", verdicts, strict=True)
    )
    detail = {"judges": judges, "similarity": {"characters": 0.5, "words": 0.25}}
    return Item(name, prompt or name, "text", checks, problem=problem, detail=detail)


ITEMS = [
    _item("1", "Yes", "Yes"), _item("2", "Yes", "No"), _item("3", "tie", "unknown"),
    _item("4", "no refinement", "no refinement", problem="unchanged: x"),
]  # fmt: skip


def test_what_is_no_verdict_is_not_accurate_and_what_is_unknown_is_not_counted() -> None:
    assert [(s.name, s.value, s.n) for s in accuracies(ITEMS, "ab")] == [
        ("accuracy by a", 2 / 4, 4), ("accuracy by b", 1 / 3, 3),
    ]  # fmt: skip
    left_out, refinements, beside = tables(ITEMS, "ab")
    assert [(row.value, row.n) for row in left_out.rows] == [(1.0, 2), (0.5, 2)]
    assert [(row.name, row.value) for row in refinements.rows] == [
        ("refined", 0.75), ("unchanged", 0.25), ("similarity, characters", 0.5), ("similarity, words", 0.25),
    ]  # fmt: skip
    assert {row.name: (row.value, row.n) for row in beside.rows if row.name != "kappa"} == {
        "gap in accuracy": (1 / 3, 3), "agreement": (0.5, 2), "a Yes, b Yes": (0.5, 2), "a Yes, b No": (0.5, 2),
        "a No, b Yes": (0.0, 2), "a No, b No": (0.0, 2),
    }  # fmt: skip


def test_counts_by_cause() -> None:
    assert problem_counts(ITEMS, "ab") == {"a: tie": 1, "b: unknown": 1, "refinement unchanged": 1}


def test_responses_to_one_prompt_are_a_cluster() -> None:
    (score, _) = accuracies([_item("1", "Yes", "Yes", prompt="p"), _item("2", "No", "No", prompt="p")], "ab")
    assert score.method == "one prompt only: no interval" and score.value == 0.5
