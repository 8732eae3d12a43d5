"""Elo ratings worked out by hand."""

from __future__ import annotations

import math

import pytest

from spar_data.selfplay.pairs.elo import elo


def test_elo_on_small_examples() -> None:
    # one win and half a win each beforehand: 1.5 to 0.5, odds 3 to 1
    one, other = elo([[0, 1], [0, 0]])
    assert one - other == pytest.approx(400 * math.log10(3)) and one + other == pytest.approx(0)
    # everyone against everyone, a > b > c: b in the middle, a and c as far from it
    a, b, c = elo([[0, 1, 1], [0, 0, 1], [0, 0, 0]])
    assert a > b > c and b == pytest.approx(0, abs=1e-6) and a == pytest.approx(-c)
    assert elo([[0, 2], [2, 0]]) == pytest.approx([0, 0])
    assert elo([[0.0]]) == [0.0] and elo([]) == []
