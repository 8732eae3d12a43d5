"""A comparison as lines of text."""

from __future__ import annotations

import dataclasses

from hand_made_results import single_checks, strict_item, strict_run

from spar_data.core.intervals import Estimate
from spar_eval.comparison.compare import compare
from spar_eval.comparison.text import lines


def test_scores_keep_their_unit() -> None:
    """A mean of levels is no percentage."""
    level = Estimate("CSL", 0.8, 4, 0.5, 1.1, 0.2, "normal", "")
    run = dataclasses.replace(
        single_checks([True, False]), scores=(level, Estimate("share", 0.8, 4, 0.5, 1.1, 0.2, "normal"))
    )
    text = list(lines(compare([run], [run])))
    assert "  CSL       0.80 ->    0.80" in text and "  share    80.00 ->   80.00" in text


def test_a_reason_is_shown_in_one_line() -> None:
    """A reason may quote a model: neither line breaks nor control characters reach the terminal."""
    a, b = (single_checks([passed]) for passed in (True, False))
    check = dataclasses.replace(b.items[0].checks[0], reason="has\n'\x1b[31m' " + 200 * "x")
    b = strict_run(dataclasses.replace(b.items[0], checks=(check,)))
    (line,) = [line for line in lines(compare(a, b)) if line.startswith("  k  i0")]
    assert line.startswith("  k  i0  B: has ' [31m' xxx") and line.endswith("x...") and len(line) < 180


def test_equal_runs_have_no_detectable_difference() -> None:
    run = strict_run(strict_item("a", [("k", True)]), strict_item("b", [("k", True)]))
    assert "  none of 2 items differs, so the smallest detectable difference is not known" in lines(compare(run, run))
