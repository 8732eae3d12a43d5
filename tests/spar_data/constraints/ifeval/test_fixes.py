from __future__ import annotations

from typing import Any

import pytest

from spar_data.constraints import ifeval
from spar_data.constraints.ifeval import FIXES

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
