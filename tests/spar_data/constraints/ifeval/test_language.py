"""Reasons of the verdicts; test_official.py compares the verdicts with the official code."""

from __future__ import annotations

from reason_table import reason_test

from spar_data.constraints import ifeval

test_reasons = reason_test(
    ifeval.check,
    ("change_case:english_lowercase", {}, "once Upon a Time", False, "2 capital letters, first at character 6 ('Upon a Time')"),
    ("change_case:english_capital", {}, "123", False, "no letters"),
    ("language:response_language", {"language": "de"}, "This is plain English, is it not?", False, "language 'en', 'de' asked"),
    ("language:response_language", {"language": "de"}, "123 !", True, "no language can be told from it, which counts as followed"),
)  # fmt: skip
