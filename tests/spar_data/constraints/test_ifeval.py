"""Parameters of IFEval's checkers, and hostile responses. ifeval/test_official.py compares verdicts with the official code."""

from __future__ import annotations

import time
from typing import Any

import pytest

from spar_data.constraints import ifeval
from spar_data.constraints.ifeval import INSTRUCTIONS
from spar_data.constraints.validation import parameters_of
from spar_data.constraints.verdict import LONGEST
from spar_data.core.errors import SparError


def test_an_empty_response_fails_everything() -> None:
    for name in INSTRUCTIONS:
        kwargs = {key: _SOME[key] for key in parameters_of(INSTRUCTIONS, name)}
        assert ifeval.check(name, " \n", kwargs) == (False, "empty response"), name


_SOME: dict[str, Any] = {
    "relation": "at least", "let_relation": "at least", "capital_relation": "at least", "num_words": 1,
    "num_sentences": 1, "num_paragraphs": 2, "nth_paragraph": 1, "first_word": "a", "keywords": ["a"], "keyword": "a",
    "frequency": 1, "letter": "a", "let_frequency": 1, "capital_frequency": 1, "language": "en", "num_placeholders": 1,
    "postscript_marker": "P.S.", "num_bullets": 1, "num_highlights": 1, "num_sections": 1, "section_spliter": "Part",
    "forbidden_words": ["a"], "prompt_to_repeat": "a", "end_phrase": "a",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "kwargs", "told"),
    [
        ("punctuation:no_coma", {}, "Unknown instruction 'punctuation:no_coma'. Did you mean 'punctuation:no_comma'?"),
        ("punctuation:no_comma", {"n": 1}, "'punctuation:no_comma' has no parameter 'n'. It takes none."),
        ("length_constraints:number_words", {"num_words": 3}, "needs the parameter 'relation'"),
        ("length_constraints:number_words", {"num_words": 3, "relation": "exactly"}, "'relation' is 'exactly', 'at least' or 'less than'"),
        ("length_constraints:number_words", {"num_words": -3, "relation": "at least"}, "'num_words' is -3, a whole number from 0 up"),
        ("length_constraints:number_words", {"num_words": True, "relation": "at least"}, "'num_words' is True, a whole number"),
        ("keywords:existence", {"keywords": []}, "'keywords' is [], a list of texts is expected"),
        ("keywords:existence", {"keywords": ["a("]}, "'a(' is no regular expression"),
        ("keywords:letter_frequency", {"letter": "ab", "let_frequency": 1, "let_relation": "at least"}, "'letter' is 'ab', a single character"),
        ("language:response_language", {"language": "xx"}, "'language' is 'xx'"),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 3, "first_word": "a"}, "nth_paragraph is 3 of 2 paragraphs"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_kwargs_is_said(name: str, kwargs: dict[str, Any], told: str) -> None:
    with pytest.raises(SparError) as error:
        ifeval.check(name, "text", kwargs)
    assert told in str(error.value)


def test_nulls_are_no_kwargs_and_whole_floats_are_numbers() -> None:
    kwargs = {"num_words": 2.0, "relation": "at least", "keywords": None, "language": None}
    assert ifeval.validate("length_constraints:number_words", kwargs) == {"num_words": 2, "relation": "at least"}


@pytest.mark.parametrize(
    "text", ["[" * 900_000, "\n" * 900_000 + "x", "<<" * 450_000, "* " * 450_000, "x" * 900_000, "***" * 300_000]
)
def test_hostile_text_takes_time_in_proportion(text: str) -> None:
    """Not a speed test: quadratic scans of 900,000 characters would take hours."""
    started = time.process_time()
    for name in INSTRUCTIONS:
        if not name.startswith(
            ("length_constraints:number_s", "length_constraints:number_w", "change_case", "language")
        ):
            ifeval.check(name, text, {key: _SOME[key] for key in parameters_of(INSTRUCTIONS, name)})
    assert time.process_time() - started < 60


def test_a_giant_response_is_not_checked() -> None:
    verdict = ifeval.check("punctuation:no_comma", "x" * (LONGEST + 1), {})
    assert verdict == (False, "not checked: 1,000,001 characters, more than 1,000,000")


@pytest.mark.parametrize("text", ["a\x00b", "\ud800 lone surrogate", "\u202e right to left", "\ufeff"])
def test_strange_characters_are_checked_like_any_other(text: str) -> None:
    for name in INSTRUCTIONS:
        ifeval.check(name, text, {key: _SOME[key] for key in parameters_of(INSTRUCTIONS, name)})
