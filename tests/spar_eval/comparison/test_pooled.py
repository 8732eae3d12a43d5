"""Several runs pooled: spread between runs, and shares clustered by item."""

from __future__ import annotations

import dataclasses

import pytest
from hand_made_results import single_checks, strict_item, strict_run

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.comparison.pooled import pool


def test_pool() -> None:
    """Scores 0.4, 0.5 and 0.9: mean 0.6, variance (0.04 + 0.01 + 0.09) / 2 = 0.07. The items' interval is the same
    with each run counted twice: more runs of the same items are no new items."""
    runs = []
    for at, (value, passed) in enumerate([(0.4, [True, False, True]), (0.5, [True, None, False]), (0.9, [True] * 3)]):
        score = Estimate("share", value, 2, 0.1, 0.9, 0.2, "Wilson")
        runs.append(dataclasses.replace(single_checks(passed, model=f"seed{at}"), scores=(score,)))
    pooled = pool(runs)
    (spread,) = pooled.spreads
    assert (spread.mean, spread.sd, spread.low, spread.high) == (pytest.approx(0.6), pytest.approx(0.07**0.5), 0.4, 0.9)
    (score,) = pooled.scores
    assert (score.name, score.value, score.n) == ("items, strict", pytest.approx(6 / 9), 9)
    twice = pool([*runs, *runs]).scores[0]
    assert (twice.value, twice.low, twice.high, twice.n) == pytest.approx((score.value, score.low, score.high, 18))
    with pytest.raises(SparError, match="one run only"):
        pool(runs[:1])


def test_items_that_some_run_lacks_are_left_out_and_named() -> None:
    pooled = pool([single_checks([True, False, True]), single_checks([True, True])])
    assert pooled.items == 2 and pooled.scores[0].value == 3 / 4
    assert "1 items are not in every run, left out of the shares: i2" in pooled.notes
    with pytest.raises(SparError, match="no item in common"):
        pool([single_checks([True]), strict_run(strict_item("z", [("k", True)]))])


def test_items_with_several_checks_have_a_share_of_checks() -> None:
    run = strict_run(strict_item("a", [("x", True), ("y", False)]), strict_item("b", [("x", True)]))
    items, checks = pool([run, run]).scores
    assert (items.name, items.value, items.n) == ("items, strict", 0.5, 4)
    assert (checks.name, checks.value, checks.n) == ("checks, strict", pytest.approx(2 / 3), 6)
