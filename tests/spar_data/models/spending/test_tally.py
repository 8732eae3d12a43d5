"""Counts of one model and of several."""

from __future__ import annotations

import pytest

from spar_data.models import Completion, Failure, Tally
from spar_data.models.spending.tally import add_tallies


def test_answers_and_failures_are_counted() -> None:
    tally = Tally("gpt-4o-mini", total=4, cached=1)
    tally.add(Completion("ok", prompt_tokens=10, completion_tokens=20))
    tally.add(Failure("length", "cut off", 10, 30))
    assert (tally.done, tally.failed, tally.finished, tally.tokens) == (1, {"length": 1}, 3, 70)
    assert tally.usd == pytest.approx((20 * 0.15 + 50 * 0.6) / 1e6) and Tally("no price").usd is None
    tally.ended = tally.started + 10
    seconds, usd = tally.projected()
    assert seconds == pytest.approx(5) and usd == pytest.approx(1.5 * tally.usd)
    assert Tally("m", total=4).projected() == Tally("m").projected() == (None, None)


def test_the_tally_of_several_models() -> None:
    one, other = Tally("a", done=2, prompt_tokens=3, started=10.0, ended=12.0), Tally("b", cached=1, stopped="budget")
    one.failed["length"] = other.failed["length"] = 1
    both = add_tallies([one, other])
    assert (both.model, both.done, both.cached, both.prompt_tokens, both.stopped) == ("a + b", 2, 1, 3, "budget")
    assert both.failed == {"length": 2} and both.started == 10.0 and both.ended is None
    assert add_tallies([]).model == "no model"
