"""The rules teacher: compatible, deterministic, in the language of the seed, and verifiable."""

from __future__ import annotations

import itertools
import json

import pytest

from spar_data import constraints
from spar_data.core.assets import asset
from spar_data.core.ids import row_id
from spar_data.prompts.evolve.draw import EvolveConfig, draw
from spar_data.prompts.evolve.outcomes import Dropped, Evolved
from spar_data.prompts.evolve.rules import compose
from spar_data.prompts.evolve.understand import understand
from spar_data.prompts.taxonomy_files import load_taxonomy

WORDS = load_taxonomy()
SEEDS = [
    (row["prompt"].strip(), row["language"])
    for file in sorted(asset("seeds").glob("*.jsonl"))
    for row in map(json.loads, file.read_text(encoding="utf-8").splitlines())
    if row.get("language") in WORDS.languages and len(row["prompt"]) > 20
]


def _compose(seed: str, language: str, run_seed: int = 42) -> Evolved | Dropped:
    drawn = draw(row_id(seed), run_seed, WORDS, EvolveConfig())
    return compose(seed, row_id(seed), language, drawn, run_seed, WORDS)


@pytest.fixture(scope="module")
def composed() -> list[tuple[str, str, Evolved]]:
    results = [(seed, language, _compose(seed, language)) for seed, language in SEEDS]
    return [(s, code, r) for s, code, r in results if isinstance(r, Evolved)]


def test_constraints_are_compatible_and_said(composed: list[tuple[str, str, Evolved]]) -> None:
    assert len(composed) > 1500
    for seed, language, result in composed:
        leaves = [c.leaf for c in result.constraints]
        assert 1 <= len(leaves) <= 4
        assert not any(WORDS.conflict(a, b) for a, b in itertools.combinations(leaves, 2)), (seed, leaves)
        understood = understand(seed, language, WORDS)
        assert not understood.blocked & set(leaves), (seed, leaves)
        assert not any(WORDS.conflict(leaf, other) for leaf in leaves for other in understood.present), (seed, leaves)
        for c in result.constraints:
            assert c.text[1:-1] in result.prompt, (c.text, result.prompt)
            if c.checker:
                constraints.validate(c.checker, c.params)


def test_the_seed_stays_whole(composed: list[tuple[str, str, Evolved]]) -> None:
    for seed, _, result in composed:
        assert seed[1:] in result.prompt, (seed, result.prompt)


def test_no_slot_or_doubled_full_stop_is_left(composed: list[tuple[str, str, Evolved]]) -> None:
    for seed, _, result in composed:
        added = result.prompt.replace(seed[1:], "")
        assert "{" not in added and "}" not in added, result.prompt
        assert '.".' not in added and ".“." not in added, result.prompt


def test_same_on_every_run_and_independent_of_other_rows() -> None:
    seed, language = "Explain how a canal lock lifts a boat.", "en"
    assert _compose(seed, language) == _compose(seed, language)
    others = {str(_compose(seed, language, run_seed)) for run_seed in range(5)}
    assert len(others) > 1


def test_non_english_seeds_get_constraints_in_their_language() -> None:
    result = _compose("Wie bringe ich meinem Onkel schonend bei, dass sein Kartoffelsalat niemandem schmeckt?", "de")
    assert isinstance(result, Evolved)
    said = [p.text for c in result.constraints for p in WORDS.languages["de"].phrasings[c.leaf]]
    assert said and all(c.leaf in WORDS.languages["de"].phrasings for c in result.constraints)


@pytest.mark.parametrize(
    ("seed", "reason"),
    [
        ("Write a Python function that merges two dictionaries.", "code"),
        ("SELECT name FROM users WHERE id = 3; why is this slow?", "code"),
        ("Solve for x: 3x + 5 = 20", "maths"),
        ("A shop sells 3 pens for 2 euros. How many pens can I buy for 14 euros?", "maths"),
        ("Scrivi una poesia sul mare d'inverno.", "language it"),
    ],
)
def test_skipped_seeds(seed: str, reason: str) -> None:
    result = _compose(seed, "it" if "poesia" in seed else "en")
    assert isinstance(result, Dropped) and result.reason.startswith(reason)


@pytest.mark.parametrize(
    ("seed", "never"),
    [
        ("Write a sonnet about a broken kettle.", "format.text_format.json"),
        ("Give me the answer as JSON: five trees and their heights.", "content.genre.poetry"),
        ("Explain rain in 50 words.", "format.length.sentences"),
        ("Translate into French: the cat sleeps.", "general.language.german"),
        ("My mother has died and I need to tell my son.", "general.language_style.humor"),
    ],
)
def test_what_does_not_fit_the_seed_is_never_added(seed: str, never: str) -> None:
    for run_seed in range(300):
        result = _compose(seed, "en", run_seed)
        if isinstance(result, Evolved):
            assert never not in [c.leaf for c in result.constraints]
