"""Reasons of the verdicts; test_ifbench.py compares the verdicts with official ones."""

from __future__ import annotations

from reason_table import failure_test

from spar_data.constraints import ifbench

test_reasons = failure_test(
    ifbench.check,
    ("format:line_indent", {}, "a\nb", "'b' begins with 0 spaces after 0, more asked"),
    ("format:parentheses", {}, "((a))", "2 brackets open at a time, 5 asked and the innermost closed"),
)  # fmt: skip
