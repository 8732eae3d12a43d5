"""Reasons of the verdicts; test_ifbench.py compares the verdicts with official ones."""

from __future__ import annotations

from reason_table import failure_test

from spar_data.constraints import ifbench

test_reasons = failure_test(
    ifbench.check,
    ("repeat:repeat_change", {"prompt_to_repeat": "Say it now"}, "Tell it", "word 3 is 'the end', 'now' asked"),
)  # fmt: skip
