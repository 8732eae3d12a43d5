"""IFEval's checkers: reasons, parameters, repairs, and responses that mean harm. Verdicts: test_ifeval_oracle.py."""

from __future__ import annotations

import time
from typing import Any

import pytest

from spar_data.constraints import ifeval
from spar_data.constraints.ifeval import FIXES, INSTRUCTIONS, patterns
from spar_data.constraints.ifeval.detect import detect
from spar_data.constraints.verdict import LONGEST, NOT_CHECKED
from spar_data.core.errors import SparError


@pytest.mark.parametrize(
    ("name", "kwargs", "response", "passed", "reason"),
    [
        ("length_constraints:number_words", {"num_words": 4, "relation": "at least"}, "I don't know", True, "4 words, at least 4 asked"),
        ("length_constraints:number_words", {"num_words": 4, "relation": "less than"}, "I don't know", False, "4 words, less than 4 asked"),
        ("length_constraints:number_sentences", {"num_sentences": 3, "relation": "at least"}, "Dr. Who left. Gone!", False, "2 sentences, at least 3 asked"),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a\n***\n\n***\nb", False, "3 paragraphs between ***, exactly 2 asked; 1 of them empty"),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "***\na\n***\nb\n***", True, "2 paragraphs between ***, exactly 2 asked"),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Yes"}, "No.\n\n\"yes, I do", True, "2 paragraphs, paragraph 2 as asked"),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "yes"}, "No.\n\n\n\nyes", False, "paragraph 2 is blank: more than one blank line before it"),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 3, "nth_paragraph": 1, "first_word": "yes"}, "No.", False, "1 paragraph, exactly 3 asked; paragraph 1 begins with 'no', not with 'yes'"),
        ("punctuation:no_comma", {}, "a, b, c", False, "2 commas, first at character 2"),
        ("punctuation:no_comma", {}, "a b", True, "0 commas"),
        ("keywords:existence", {"keywords": ["zebra", "ant"]}, "An ANTelope", False, "without 'zebra'"),
        ("keywords:forbidden_words", {"forbidden_words": ["ant"]}, "An ant, an ant.", False, "has 'ant'"),
        ("keywords:frequency", {"keyword": "ant", "frequency": 2, "relation": "less than"}, "antelope ant", False, "2 occurrences of 'ant', less than 2 asked"),
        ("keywords:letter_frequency", {"letter": "#", "let_frequency": 2, "let_relation": "at least"}, "# a", False, "1 occurrence of '#', at least 2 asked"),
        ("change_case:english_lowercase", {}, "once Upon a Time", False, "2 capital letters, first at character 6 ('Upon a Time')"),
        ("change_case:english_capital", {}, "123", False, "no letters"),
        ("change_case:capital_word_frequency", {"capital_frequency": 1, "capital_relation": "less than"}, "I SAID so", False, "2 words in capitals, less than 1 asked"),
        ("language:response_language", {"language": "de"}, "This is plain English, is it not?", False, "language 'en', 'de' asked"),
        ("language:response_language", {"language": "de"}, "123 !", True, "no language can be told from it, which counts as followed"),
        ("combination:repeat_prompt", {"prompt_to_repeat": "Say this."}, "say that.", False, "differs from the request at its character 7 ('at.')"),
        ("combination:two_responses", {}, "a ****** a", False, "both responses are the same"),
        ("combination:two_responses", {}, "a ****** b ****** c", False, "3 responses between ******, exactly 2 asked"),
        ("startend:end_checker", {"end_phrase": "The end."}, 'it is "the end."', True, "ends with 'it is \"the end.'"),
        ("startend:quotation", {}, '"', False, "begins with '\"' and ends with '\"'"),
        ("detectable_format:title", {}, "<< >>\n<<A poem>>", True, "title 'A poem'"),
        ("detectable_format:title", {}, "<<>>", False, "no title in <<double angular brackets>>"),
        ("detectable_format:json_format", {}, "```json\n{'a': 1}\n```", False, "not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "* a\n- b\n** c", True, "2 bullet points, exactly 2 asked"),
        ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[a] [b", False, "1 placeholder, at least 2 asked"),
    ],
)  # fmt: skip
def test_reasons_say_what_was_found(
    name: str, kwargs: dict[str, Any], response: str, passed: bool, reason: str
) -> None:
    assert ifeval.check(name, response, kwargs) == (passed, reason)


def test_an_empty_response_fails_everything() -> None:
    for name in INSTRUCTIONS:
        kwargs = {key: _SOME[key] for key in ifeval.parameters(name)}
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


FLIPS: list[tuple[str, dict[str, Any], str, bool]] = [  # official verdict; the repaired one is the other
    ("existence-words", {"keywords": ["art"]}, "It starts now.", True),
    ("frequency-words", {"keyword": "art", "frequency": 2, "relation": "less than"}, "art starts", False),
    ("forbidden-signs", {"forbidden_words": ["C#"]}, "I write C# daily.", True),
    ("words", {"num_words": 3, "relation": "less than"}, "don't panic", False),
    ("sentences", {"num_sentences": 3, "relation": "less than"}, "1. Eat.\n2. Sleep.", False),
    ("paragraphs", {"num_paragraphs": 1}, "some ***bold words*** here", False),
    ("nth-paragraph", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "yes"}, "No.\n\n\n\n**Yes**, I do", False),
    ("placeholders", {"num_placeholders": 1}, "See [this](http://example.org).", True),
    ("postscript", {"postscript_marker": "P.S."}, "No p.s. is needed here.", True),
    ("bullets", {"num_bullets": 1}, "* one\n\n---\n\nend", False),
    ("answer", {}, "My answer is no. Because I said so.", True),
    ("highlights", {"num_highlights": 1}, "* one\n* two * three", True),
    ("sections", {"section_spliter": "Section", "num_sections": 1}, "As Section 1 of the law says", True),
    ("json", {}, 'Here it is:\n```json\n{"a": 1}\n```', False),
    ("two-responses", {}, "one\n******\ntwo\n************\nmore", False),
    ("end", {"end_phrase": "The end."}, "**It is over. The end.**", False),
    ("capitals", {"capital_frequency": 1, "capital_relation": "less than"}, "I am here.", False),
    ("quotation", {}, '"A" and "B"', True),
    ("comma", {}, "一，二", True),
    ("language", {"language": "en"}, "123", True),
]  # fmt: skip


@pytest.mark.parametrize(("fix", "kwargs", "response", "official"), FLIPS, ids=[flip[0] for flip in FLIPS])
def test_each_repair_changes_the_verdict_it_is_for(
    fix: str, kwargs: dict[str, Any], response: str, official: bool
) -> None:
    name = FIXES[fix].instruction
    assert ifeval.check(name, response, kwargs).passed is official
    assert ifeval.check(name, response, kwargs, [fix]).passed is not official
    assert ifeval.check(name, response, kwargs, [other for other in FIXES if other != fix]).passed is official


def test_every_repair_has_a_case_above() -> None:
    assert set(FIXES) == {flip[0] for flip in FLIPS}


def test_a_keyword_that_is_a_catastrophic_pattern_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.2)
    verdict = ifeval.check("keywords:existence", "x" * 3000, {"keywords": ["(x+x+)+y"]})
    assert not verdict.passed
    assert verdict.reason == f"{NOT_CHECKED}'(x+x+)+y' is a regular expression that takes over 0.2 s here"


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
            ifeval.check(name, text, {key: _SOME[key] for key in ifeval.parameters(name)})
    assert time.process_time() - started < 60


def test_a_giant_response_is_not_checked() -> None:
    verdict = ifeval.check("punctuation:no_comma", "x" * (LONGEST + 1), {})
    assert verdict == (False, "not checked: 1,000,001 characters, more than 1,000,000")


@pytest.mark.parametrize("text", ["a\x00b", "\ud800 lone surrogate", "\u202e right to left", "\ufeff"])
def test_strange_characters_are_checked_like_any_other(text: str) -> None:
    for name in INSTRUCTIONS:
        ifeval.check(name, text, {key: _SOME[key] for key in ifeval.parameters(name)})


def test_detect_is_the_same_in_any_order_and_thread() -> None:
    from concurrent.futures import ThreadPoolExecutor

    texts = ["Guten Tag, wie geht es Ihnen heute?", "Bonjour tout le monde", "ok", "Привет, мир", "12", ""] * 5
    detect.cache_clear()
    alone = [detect(text) for text in texts]
    detect.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(detect, reversed(texts))) == alone[::-1]
    assert alone[:2] == ["de", "fr"]
    assert alone[4:6] == [None, None]
