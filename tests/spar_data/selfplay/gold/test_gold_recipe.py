"""Configs and requests of gold recipes."""

from __future__ import annotations

from fractions import Fraction

import pytest

from spar_data.selfplay.gold.answers import Gold
from spar_data.selfplay.gold.config import GoldConfig
from spar_data.selfplay.gold.problems import Problem
from spar_data.selfplay.gold.run import GOLD_RECIPES

_PROBLEM = Problem("p", "How many?", Gold(Fraction(7)), "")


@pytest.mark.parametrize(
    ("recipe", "samples", "temperature", "file"),
    [
        ("iterative-rpo", 30, 0.8, "pairs.parquet"),
        ("star", 1, 0.0, "dialogues.parquet"),
        ("rest-em", 32, 0.7, "dialogues.parquet"),
    ],
)
def test_the_papers_sampling(recipe: str, samples: int, temperature: float, file: str) -> None:
    request = GOLD_RECIPES[recipe].request(_PROBLEM, GoldConfig(recipe))
    assert (request.n, request.temperature, request.prompt) == (samples, temperature, "How many?")
    assert GOLD_RECIPES[recipe].file == file


def test_values_replace_the_papers_where_a_recipe_allows_it() -> None:
    request = GOLD_RECIPES["rest-em"].request(_PROBLEM, GoldConfig("rest-em", samples=4, temperature=0.0, max_tokens=9))
    assert (request.n, request.temperature, request.max_tokens) == (4, 0.0, 9)
