"""A result as lines of text."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

from hand_made_results import ROWS_A, checked_result

from spar_data.core.intervals import Estimate, wilson
from spar_eval.report.page import render
from spar_eval.report.text import line, lines
from spar_eval.results import Table
from spar_eval.run_folder import load_result, save_result


def test_a_line_has_value_interval_error_and_n() -> None:
    assert line(wilson("prompt-strict", 417, 541), 14) == "prompt-strict    77.08  [73.35, 80.42]    +- 1.81  n = 541"
    alone = Estimate.without_interval("kappa", 0.5, 3, "one pair only: no interval", "")
    assert line(alone, 6, "  ") == "  kappa    0.50  n = 3 (one pair only: no interval)"


def test_counts_notes_and_further_tables_are_shown() -> None:
    tables = tuple(Table(f"table {n}", (wilson(f"row {n}", 1, 2),)) for n in range(4))
    result = replace(checked_result(ROWS_A), tables=tables, counts={"length": 2, "failed": 1}, notes=("read this",))
    text = "\n".join(lines(result))
    assert "table 2\n  row 2" in text and "row 3" not in text
    assert (
        "1 more tables are in results.json and report.html\n\nlength: 2, failed: 1\nnote: read this\n\nifeval|" in text
    )


def test_scores_without_a_value_come_back_from_a_run_folder(tmp_path: Path) -> None:
    result = replace(checked_result(ROWS_A), scores=(wilson("none", 0, 0),))
    save_result(result, tmp_path)
    back = load_result(tmp_path)
    assert math.isnan(back.scores[0].value) and math.isnan(back.scores[0].low)
    assert re.search("none +no items", render([back]))
