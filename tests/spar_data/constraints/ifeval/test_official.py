"""Our IFEval checkers against the official code, which lm-evaluation-harness carries, on texts made to be awkward."""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spar_data.constraints import ifeval

pytestmark = pytest.mark.data
_DATA = os.environ.get("SPAR_TEST_DATA")
if not _DATA:
    pytest.skip("SPAR_TEST_DATA is not set: NLTK's Punkt tables are there", allow_module_level=True)

KWARGS: list[tuple[str, dict[str, Any]]] = [
    ("change_case:capital_word_frequency", {"capital_frequency": 2, "capital_relation": "at least"}),
    ("change_case:english_capital", {}),
    ("change_case:english_lowercase", {}),
    ("combination:repeat_prompt", {"prompt_to_repeat": " Say it. "}),
    ("combination:two_responses", {}),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}),
    ("detectable_content:postscript", {"postscript_marker": "NB."}),
    ("detectable_format:constrained_response", {}),
    ("detectable_format:json_format", {}),
    ("detectable_format:multiple_sections", {"section_spliter": "Section", "num_sections": 2}),
    ("detectable_format:number_bullet_lists", {"num_bullets": 1}),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}),
    ("detectable_format:title", {}),
    ("keywords:existence", {"keywords": ["art", "say"]}),
    ("keywords:existence", {"keywords": ["s.y"]}),
    ("keywords:forbidden_words", {"forbidden_words": ["art", "c"]}),
    ("keywords:frequency", {"keyword": "a", "frequency": 3, "relation": "less than"}),
    ("keywords:frequency", {"keyword": "(s|t)a", "frequency": 1, "relation": "at least"}),
    ("keywords:letter_frequency", {"letter": "S", "let_frequency": 3, "let_relation": "less than"}),
    ("language:response_language", {"language": "en"}),
    ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Say"}),
    ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 1, "nth_paragraph": 1, "first_word": "art"}),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}),
    ("length_constraints:number_sentences", {"num_sentences": 3, "relation": "at least"}),
    ("length_constraints:number_words", {"num_words": 6, "relation": "less than"}),
    ("punctuation:no_comma", {}),
    ("startend:end_checker", {"end_phrase": "Say it. "}),
    ("startend:quotation", {}),
]
_PIECES = (
    ["\n"] * 6 + [" "] * 6 + ["\n\n", "\t", "\r\n", "\u2028", "\x1c", "\x00", "*", "*", "**", "***", "******", "-", "- ", "* "]
    + ["[", "]", "[x]", "<<", ">>", "<<t>>", "P.S.", "p. s. ", "P.P.S", "p.p.s.", "nb.", "Section 1", "SECTION 2", "Section"]
    + ["say", "Say", "it.", "say it.", "SAY", "start", "art", "I", "U.S.", "don't", "Dr. Who", "3.14", "1.", ",", "，", '"', "'"]
    + ["My answer is yes.", "my answer is no.", "```json", "```", "{}", '{"a": [1]}', "12", "é", "नमस्ते", "你好", "İ", "ß", "\ufeff"]
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=14).map("".join)


@pytest.fixture(scope="module")
def official() -> Any:
    pytest.importorskip("lm_eval")
    import langdetect
    import nltk

    nltk.data.path.insert(0, str(Path(str(_DATA)) / "nltk"))
    from lm_eval.tasks.ifeval import instructions_registry

    langdetect.DetectorFactory.seed = 0

    def check(name: str, text: str, kwargs: dict[str, Any]) -> bool:
        instruction = instructions_registry.INSTRUCTION_DICT[name](name)
        instruction.build_description(**kwargs)
        return bool(text.strip()) and bool(instruction.check_following(text))

    return check


def test_there_is_one_for_every_type() -> None:
    assert {name for name, _ in KWARGS} == set(ifeval.INSTRUCTIONS)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(TEXTS)
def test_verdicts_are_the_official_ones(official: Any, text: str) -> None:
    for name, kwargs in KWARGS:
        assert ifeval.check(name, text, kwargs).passed == official(name, text, kwargs), (name, kwargs, text)


def test_both_verdicts_occur_for_every_type(official: Any) -> None:
    seen: dict[tuple[str, str], set[bool]] = {}
    draw = random.Random(5)
    texts = ["".join(draw.choices(_PIECES, k=draw.randint(1, 14))) for _ in range(1500)]
    texts += [
        "This is a plain English sentence about the weather.",
        "THIS IS A PLAIN ENGLISH SENTENCE ABOUT THE WEATHER.",
    ]
    texts += [
        "this is a plain english sentence about the weather.",
        '{"a": 1}',
        "My answer is no.",
        '"quoted"',
        "say it. yes",
    ]
    texts += ["one\n******\ntwo", "one *** two", "art\n\nsay hello"]
    for text in texts:
        for name, kwargs in KWARGS:
            seen.setdefault((name, str(kwargs)), set()).add(ifeval.check(name, text, kwargs).passed)
    assert {key for key, values in seen.items() if len(values) < 2} == set()
