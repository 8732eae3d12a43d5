"""Reasons of the verdicts; test_ifbench.py compares the verdicts with official ones."""

from __future__ import annotations

from reason_table import failure_test

from spar_data.constraints import ifbench

test_reasons = failure_test(
    ifbench.check,
    ("ratio:stop_words", {"percentage": 20.0}, "the cat", "50.0% of 2 words are stop words, at most 20% asked"),
    ("ratio:sentence_words", {}, "Tom ran. Ann sat. Robert hid.", "sentences of 8, 8 and 11 characters"),
)  # fmt: skip
