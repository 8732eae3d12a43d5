"""How a comparison prints, and its rows and fields."""

from __future__ import annotations

import pytest
from hand_made_results import ROWS_A, ROWS_B, checked_result

from spar_eval.comparison.compare import compare

COMPARISON = compare(checked_result(ROWS_A, "base"), checked_result(ROWS_B, "tuned"))


def test_repr_names_runs_and_headline_differences() -> None:
    first, items, checks = repr(COMPARISON).splitlines()
    assert first == "Comparison of ifeval: base with tuned, 4 items in common"
    assert items.startswith("  strict, items: 50.00% -> 75.00%, +25.00 points [") and ", p = 1" in items
    assert checks.startswith("  strict, checks: 66.67% -> 83.33%, +16.67 points [")


def test_one_row_a_metric_and_level() -> None:
    frame = COMPARISON.to_polars()
    assert frame.select("metric", "level", "name").rows() == [
        ("strict", "items", "items"), ("strict", "checks", "checks"),
        ("strict", "type", "case:lower"), ("strict", "type", "words:count"),
    ]  # fmt: skip
    assert frame["value"].to_list() == pytest.approx([0.25, 1 / 6, 1 / 3, 0.0])
    assert frame["adjusted"].to_list()[:2] == [None, None] and frame["test"][0] == "exact McNemar"


def test_fields_of_the_json() -> None:
    items = COMPARISON.to_dict()["metrics"][0]["items"]  # type: ignore[index]
    assert {"a", "b", "value", "low", "high", "method", "closed_low", "closed_high", "closed_method"} <= items.keys()
    assert items["closed_method"] == "Newcombe's method 10" and "closed" not in items
