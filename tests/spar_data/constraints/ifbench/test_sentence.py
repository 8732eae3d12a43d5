"""Reasons of the verdicts; test_ifbench.py compares the verdicts with official ones."""

from __future__ import annotations

from reason_table import failure_test

from spar_data.constraints import ifbench

test_reasons = failure_test(
    ifbench.check,
    ("sentence:increment", {"small_n": 2}, "Go. Go now.", "sentence 2 has 2 words after 1, 3 asked"),
)  # fmt: skip
