"""Constraints become sentences: slots, lists, leads, and punctuation between seed and addition."""

from __future__ import annotations

import random
from typing import Any

import pytest

from spar_data.prompts.evolve.weave import render, weave
from spar_data.prompts.taxonomy_files import load_taxonomy

ENGLISH, CHINESE = (load_taxonomy().languages[code] for code in ("en", "zh"))


@pytest.mark.parametrize(
    ("text", "params", "expected"),
    [
        ("use {n} words", {"n": 7}, "use 7 words"),
        ("end with {end}", {"end": "bye"}, 'end with "bye"'),
        ("as a {role}", {"role": "pirate"}, "as a pirate"),
        ("use {words}", {"words": ["a", "b", "c"]}, 'use "a", "b" and "c"'),
        ("avoid {words:or}", {"words": ["a", "b"]}, 'avoid "a" or "b"'),
        ("use {words}", {"words": ["a"]}, 'use "a"'),
    ],
)
def test_slots(text: str, params: dict[str, Any], expected: str) -> None:
    assert render(text, params, ENGLISH) == expected


def _weave(seed: str, clauses: list[str], lead: str = "", language: Any = ENGLISH) -> str:
    return weave(seed, clauses, lead, language, random.Random(1))


def test_a_lead_lowers_the_first_letter_of_the_seed() -> None:
    assert _weave("Write a poem.", [], "in French") == "in French, write a poem."


def test_a_full_stop_is_added_where_the_seed_has_none() -> None:
    assert _weave("Tell me about tea", ["be brief"]).startswith("Tell me about tea. ")
    assert _weave("What is tea?", ["be brief"]).startswith("What is tea? ")
    assert _weave('She said "go."', ["be brief"]).startswith('She said "go." ')


def test_long_seeds_and_seeds_with_lines_keep_a_paragraph() -> None:
    for seed in ("First line\nsecond line", "word " * 90):
        assert _weave(seed, ["be brief"]).startswith(seed + "\n\n")


def test_every_clause_is_in_the_text_once() -> None:
    clauses = ["be brief", "use no commas", "end with a question"]
    text = _weave("Tell me about tea.", clauses)
    assert all(text.lower().count(clause) == 1 for clause in clauses)


def test_scripts_without_spaces_are_joined_without_spaces() -> None:
    assert " " not in _weave("写一首诗", ["要简短"], language=CHINESE)
