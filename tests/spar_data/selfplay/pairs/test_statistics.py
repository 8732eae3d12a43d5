"""Statistics of pairs worked out by hand."""

from __future__ import annotations

import pytest

from spar_data.core.ids import row_id
from spar_data.models import Message
from spar_data.selfplay.pairs.pair_set import Cut, Side
from spar_data.selfplay.pairs.statistics import measure, overlap
from spar_data.selfplay.records import Pair


def _pair(chosen: str, rejected: str, recipe: str = "spar", prompt: str = "p") -> Pair:
    cut = Cut(recipe, {})
    cut.pair(row_id(prompt), [Message("user", prompt)], Side(chosen, 1.0, "c"), Side(rejected, 0.25, "r"))
    return cut.pairs[0]


def test_statistics_by_hand() -> None:
    pairs = [_pair("the big cat", "the cat"), _pair("ab", "a b!", prompt="q")]
    measured = measure(pairs)
    # characters: 2*7/(11+7) and 2*2/(2+4); tokens: 2*2/(3+2) and 0 of 1+3
    assert measured.character_similarity == pytest.approx((14 / 18 + 4 / 6) / 2)
    assert measured.token_similarity == pytest.approx((4 / 5 + 0) / 2)
    assert measured.edit_tokens == pytest.approx((1 + 4) / 2)
    assert measured.longer_characters == pytest.approx((4 - 2) / 2) and measured.longer_tokens == pytest.approx(
        (1 - 2) / 2
    )
    assert (measured.chosen_longer, measured.chosen_value, measured.rejected_value) == (0.5, 1.0, 0.25)
    assert (measured.pairs, measured.prompts, measured.over_cutoff) == (2, 2, 0.0)
    assert measure([_pair("x" * 9000, "y")]).over_cutoff == 1.0
    assert measure([]).character_similarity is None


def test_overlap_counts_prompts_and_sides() -> None:
    one = [_pair("a", "r"), _pair("b", "s", prompt="q")]
    other = [_pair("c", "r ", "direct"), _pair("b", "t", "direct", "q"), _pair("a", "r", "direct", "z")]
    measured = overlap(one, other)
    assert (measured.prompts, measured.rejected, measured.chosen) == (2, 1, 1)
