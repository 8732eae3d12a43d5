"""Reasons of the verdicts; test_official.py compares the verdicts with the official code."""

from __future__ import annotations

from reason_table import reason_test

from spar_data.constraints import ifeval

test_reasons = reason_test(
    ifeval.check,
    ("detectable_format:title", {}, "<< >>\n<<A poem>>", True, "title 'A poem'"),
    ("detectable_format:title", {}, "<<>>", False, "no title in <<double angular brackets>>"),
    ("detectable_format:json_format", {}, "```json\n{'a': 1}\n```", False, "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n- b\n** c", True, "2 bullet points, exactly 2 asked"),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a] [b", False, "1 placeholder, at least 2 asked"),
)  # fmt: skip
