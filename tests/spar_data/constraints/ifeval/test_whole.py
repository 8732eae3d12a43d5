"""Reasons of the verdicts; test_official.py compares the verdicts with the official code."""

from __future__ import annotations

from reason_table import reason_test

from spar_data.constraints import ifeval

test_reasons = reason_test(
    ifeval.check,
    ("punctuation:no_comma", {}, "a, b, c", False, "2 commas, first at character 2"),
    ("punctuation:no_comma", {}, "a b", True, "0 commas"),
    ("change_case:capital_word_frequency", {"capital_frequency": 1, "capital_relation": "less than"}, "I SAID so", False, "2 words in capitals, less than 1 asked"),
    ("combination:repeat_prompt", {"prompt_to_repeat": "Say this."}, "say that.", False, "differs from the request at its character 7 ('at.')"),
    ("combination:two_responses", {}, "a ****** a", False, "both responses are the same"),
    ("combination:two_responses", {}, "a ****** b ****** c", False, "3 responses between ******, exactly 2 asked"),
    ("startend:end_checker", {"end_phrase": "The end."}, 'it is "the end."', True, "ends with 'it is \"the end.'"),
    ("startend:quotation", {}, '"', False, "begins with '\"' and ends with '\"'"),
)  # fmt: skip
