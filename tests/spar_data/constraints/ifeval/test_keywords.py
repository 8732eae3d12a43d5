"""Reasons of the verdicts; test_official.py compares the verdicts with the official code."""

from __future__ import annotations

from reason_table import reason_test

from spar_data.constraints import ifeval

test_reasons = reason_test(
    ifeval.check,
    ("keywords:existence", {"keywords": ["zebra", "ant"]}, "An ANTelope", False, "without 'zebra'"),
    ("keywords:forbidden_words", {"forbidden_words": ["ant"]}, "An ant, an ant.", False, "has 'ant'"),
    ("keywords:frequency", {"keyword": "ant", "frequency": 2, "relation": "less than"}, "antelope ant", False, "2 occurrences of 'ant', less than 2 asked"),
    ("keywords:letter_frequency", {"letter": "#", "let_frequency": 2, "let_relation": "at least"}, "# a", False, "1 occurrence of '#', at least 2 asked"),
)  # fmt: skip
