"""Reasons of the verdicts; test_ifbench.py compares the verdicts with official ones."""

from __future__ import annotations

from reason_table import failure_test

from spar_data.constraints import ifbench

test_reasons = failure_test(
    ifbench.check,
    ("words:alphabet", {}, "a cat", "'cat' stands where a word with 'b' is asked"),
    ("words:odd_even_syllables", {}, "big cat", "'big' (1) and 'cat' (1) both have an odd number of syllables"),
    ("words:words_position", {"keyword": "tea"}, "one two three four.", "'two' is second, 'three' second to last; 'tea' is asked for both"),
)  # fmt: skip
