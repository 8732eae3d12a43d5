"""Real responses: the checkers whose definition is the same as in IFEval must agree with its official verdicts."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spar_data.constraints import run_checker

pytestmark = pytest.mark.data

_SAME: dict[str, tuple[str, dict[str, str]]] = {  # the checker, and our parameters by the names of IFEval's
    "punctuation:no_comma": ("punctuation.absent", {}),
    "detectable_format:json_format": ("text_format.json_document", {}),
    "detectable_format:number_bullet_lists": ("text_format.bullets", {"num_bullets": "n"}),
    "startend:quotation": ("template.wrapped", {}),
    "keywords:forbidden_words": ("keyword.exclude", {"forbidden_words": "words"}),
}
_FIXED: dict[str, dict[str, object]] = {
    "punctuation:no_comma": {"mark": ","},
    "startend:quotation": {"opening": '"', "closing": '"'},
}


def _rows() -> Iterator[tuple[Any, Any, Any]]:
    if "SPAR_TEST_DATA" not in os.environ:
        pytest.skip("SPAR_TEST_DATA is not set")
    folder = Path(os.environ["SPAR_TEST_DATA"]) / "ifeval"
    names = ("input_data", "input_response_data_gpt4_20231107_145030", "reference_results_gpt4_20231107")
    files = [(folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() for name in names]
    for rows in zip(*files, strict=True):
        prompt, response, reference = map(json.loads, rows)
        yield prompt, response, reference


def test_verdicts_agree_with_the_official_ones() -> None:
    seen = 0
    for prompt, response, reference in _rows():
        official = reference["follow_instruction_list_strict"]
        for kind, given, passed in zip(prompt["instruction_id_list"], prompt["kwargs"], official, strict=True):
            if kind in _SAME:
                name, renamed = _SAME[kind]
                params = _FIXED.get(kind, {}) | {ours: given[theirs] for theirs, ours in renamed.items()}
                verdict = run_checker(name, response["response"], params)
                assert verdict.passed is passed, f"{prompt['key']} {kind}: {verdict.reason}"
                seen += 1
    assert seen == 204
