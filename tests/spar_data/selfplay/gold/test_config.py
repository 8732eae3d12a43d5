"""The settings of `spar-data gold`."""

from __future__ import annotations

import pytest

from spar_data.core.config import arguments
from spar_data.core.errors import SparError
from spar_data.selfplay.gold.config import GoldConfig


def test_impossible_settings() -> None:
    with pytest.raises(SparError, match="star takes one greedy reply"):
        GoldConfig("star", temperature=0.5)
    with pytest.raises(SparError, match="recipe = 'rest'"):
        GoldConfig("rest")
    with pytest.raises(SparError, match="top_p = 0"):
        GoldConfig("star", top_p=0)


def test_the_options_that_give_a_config() -> None:
    config = GoldConfig("iterative-rpo", samples=8, pairs=3, gold_winner=True)
    assert arguments(config) == ["--recipe", "iterative-rpo", "--samples", "8", "--pairs", "3", "--gold-winner"]
