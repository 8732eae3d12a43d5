"""Reasons of the verdicts; test_ifbench.py compares the verdicts with official ones."""

from __future__ import annotations

from reason_table import failure_test

from spar_data.constraints import ifbench

test_reasons = failure_test(
    ifbench.check,
    ("custom:reverse_newline", {}, "Zimbabwe\nZambia", "2 lines from Zimbabwe on, at least 52 asked"),
    ("custom:mcq_count_length", {}, "Question 1: a\nA) b", "1 question numbered as in 'Question 1', exactly 4 asked"),
    ("custom:date_format_list", {}, "1800-13-01", "1800-13-01 is not a date from 1769 to 1821"),
)  # fmt: skip
