"""SFT rows of ReST-EM."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from spar_data.models import Completion, Failure
from spar_data.selfplay.gold import rest_em
from spar_data.selfplay.gold.answers import Gold
from spar_data.selfplay.gold.attempts import attempts
from spar_data.selfplay.gold.config import GoldConfig
from spar_data.selfplay.gold.problems import Problem

_PROBLEM = Problem("p", "How many?", Gold(Fraction(7)), "3+4=7\nThe answer is 7.")


def _done(text: str) -> Completion:
    return Completion(text)


def _some(*texts: str | None, problem: Problem = _PROBLEM):  # type: ignore[no-untyped-def]
    return attempts(problem, [Failure("length") if t is None else _done(t) for t in texts])


def test_rest_em_keeps_each_right_text_once() -> None:
    samples = _some("a 7", "b 7", "c 8", "a  7", "d 7", None, "e 7")
    counts: Counter[str] = Counter()
    rows = rest_em.dialogues_of(_PROBLEM, samples, GoldConfig("rest-em", seed=1), counts)
    assert [r.messages[1].content for r in rows] == ["a 7", "b 7", "d 7", "e 7"]
    assert rows[0].messages[0].content == "How many?" and rows[0].recipe == "rest-em" and rows[2].source == ["p:4"]
    assert counts["right samples that repeat another"] == 1
    two = rest_em.dialogues_of(_PROBLEM, samples, GoldConfig("rest-em", most=2, seed=1), counts)
    assert (
        two == rest_em.dialogues_of(_PROBLEM, samples, GoldConfig("rest-em", most=2, seed=1), Counter())
        and len(two) == 2
    )
    assert counts["right samples over the most of a problem"] == 2 and [r for r in rows if r in two] == two
