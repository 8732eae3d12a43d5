"""Repairs of IFEval's instruction types: what comes back passes the official checker."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from spar_data.constraints import ifeval
from spar_data.constraints.repairs.official import _REPAIRS, repair_official

TEXT = "The old Harbour is quiet. Boats come in at night, and gulls cry. Nobody is there!\n\nIn the morning the market opens. People buy fish. They talk about the weather."

CASES = {
    "change_case:capital_word_frequency": {"capital_relation": "at least", "capital_frequency": 3},
    "change_case:english_capital": {},
    "change_case:english_lowercase": {},
    "combination:repeat_prompt": {"prompt_to_repeat": "Describe a harbour."},
    "detectable_content:number_placeholders": {"num_placeholders": 3},
    "detectable_content:postscript": {"postscript_marker": "P.P.S"},
    "detectable_format:json_format": {},
    "detectable_format:multiple_sections": {"section_spliter": "Day", "num_sections": 2},
    "detectable_format:number_bullet_lists": {"num_bullets": 3},
    "detectable_format:number_highlighted_sections": {"num_highlights": 3},
    "detectable_format:title": {},
    "keywords:existence": {"keywords": ["lamp", "rope"]},
    "keywords:forbidden_words": {"forbidden_words": ["fish", "gulls"]},
    "keywords:frequency": {"keyword": "boats", "frequency": 3, "relation": "at least"},
    "length_constraints:nth_paragraph_first_word": {"num_paragraphs": 3, "nth_paragraph": 2, "first_word": "lamp"},
    "length_constraints:number_paragraphs": {"num_paragraphs": 3},
    "length_constraints:number_sentences": {"num_sentences": 5, "relation": "less than"},
    "length_constraints:number_words": {"num_words": 40, "relation": "at least"},
    "punctuation:no_comma": {},
    "startend:end_checker": {"end_phrase": "Is there anything else?"},
    "startend:quotation": {},
}
NONE = {
    "combination:two_responses": {},
    "detectable_format:constrained_response": {},
    "keywords:letter_frequency": {"letter": "q", "let_frequency": 9, "let_relation": "at least"},
    "language:response_language": {"language": "th"},
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_passes_afterwards(name: str) -> None:
    assert not ifeval.check(name, TEXT, CASES[name]).passed
    found = repair_official(name, TEXT, CASES[name])
    assert found is not None
    assert ifeval.check(name, found, CASES[name]).passed
    assert repair_official(name, found, CASES[name]) == found


@pytest.mark.parametrize("name", sorted(NONE))
def test_types_without_a_repair(name: str) -> None:
    assert repair_official(name, TEXT, NONE[name]) is None


def test_every_type_is_here() -> None:
    assert set(_REPAIRS) == set(ifeval.INSTRUCTIONS) == CASES.keys() | NONE.keys()


@pytest.mark.data
def test_failing_responses_of_gpt4() -> None:
    """Of the public responses each constraint that fails, apart from the types without a repair."""
    folder = os.environ.get("SPAR_TEST_DATA")
    if not folder:
        pytest.skip("SPAR_TEST_DATA is not set: the folder with ifeval/input_data.jsonl")
    data = Path(folder) / "ifeval"
    answers = {
        row["prompt"]: row["response"]
        for row in map(json.loads, (data / "input_response_data_gpt4_20231107_145030.jsonl").read_text().splitlines())
    }
    asked = mended = 0
    for row in map(json.loads, (data / "input_data.jsonl").read_text().splitlines()):
        response = answers.get(row["prompt"], "")
        for name, kwargs in zip(row["instruction_id_list"], row["kwargs"], strict=True):
            if response.strip() and name not in NONE and not ifeval.check(name, response, kwargs).passed:
                asked += 1
                mended += repair_official(name, response, kwargs) is not None
    assert asked > 100
    assert mended / asked > 0.8
