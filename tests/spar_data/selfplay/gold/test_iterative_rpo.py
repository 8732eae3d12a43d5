"""Pairs of Iterative RPO."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from functools import partial

from spar_data.models import Completion, Failure
from spar_data.selfplay.gold.answers import Gold
from spar_data.selfplay.gold.attempts import attempts
from spar_data.selfplay.gold.config import GoldConfig
from spar_data.selfplay.gold.iterative_rpo import capped, pairs_of
from spar_data.selfplay.gold.problems import Problem

_PROBLEM = Problem("p", "How many?", Gold(Fraction(7)), "3+4=7\nThe answer is 7.")


def _done(text: str) -> Completion:
    return Completion(text)


def _some(*texts: str | None, problem: Problem = _PROBLEM):  # type: ignore[no-untyped-def]
    return attempts(problem, [Failure("length") if t is None else _done(t) for t in texts])


_rpo = partial(GoldConfig, "iterative-rpo")


def test_the_walk_over_winners_and_losers() -> None:
    samples = _some("is 7", "it is 7", "is 8", "is 9", "is 10", " is  8 ", "none", None)
    counts: Counter[str] = Counter()
    pairs = pairs_of(_PROBLEM, samples, _rpo(pairs=10), counts)
    walk = [
        ("is 7", "is 8"),
        ("it is 7", "is 9"),
        ("is 7", "is 10"),
        ("it is 7", "is 8"),
        ("is 7", "is 9"),
        ("it is 7", "is 10"),
    ]
    assert [(p.chosen, p.rejected) for p in pairs] == walk  # 2 and 3 in parallel: 6 different ones
    assert [p.source for p in pairs[:2]] == [["p:0", "p:2"], ["p:1", "p:3"]] and len({p.id for p in pairs}) == 6
    repeated = pairs_of(_PROBLEM, samples, _rpo(pairs=10, repeats=True), counts)
    assert [(p.chosen, p.rejected) for p in repeated] == walk + walk[:4]
    assert len(pairs_of(_PROBLEM, samples, _rpo(pairs=4), counts)) == 4
    losing = pairs_of(_PROBLEM, samples, _rpo(pairs=12, no_answer="lose"), counts)
    assert "none" in {p.rejected for p in losing} and "none" not in {p.rejected for p in pairs}
    gold = pairs_of(_PROBLEM, samples, _rpo(pairs=10, gold_winner=True), counts)
    assert any(p.chosen == _PROBLEM.solution and p.source[0] == "gold" for p in gold)


def test_problems_without_pairs_are_counted() -> None:
    counts: Counter[str] = Counter()
    rule = _rpo(longest=100)
    for texts in (["7", "so 7"], ["8"], [None, "no"], ["7", "8" + " or so" * 500]):
        assert pairs_of(_PROBLEM, _some(*texts), rule, counts) == []
    assert counts == {
        "problems without a loser": 1, "problems without a winner": 1, "problems without a winner or a loser": 1,
        "pairs too long": 1, "problems whose pairs are all too long": 1,
    }  # fmt: skip
    assert len(pairs_of(_PROBLEM, _some("8"), _rpo(gold_winner=True), counts)) == 1  # the gold solution is a winner


def test_the_cap_is_drawn_by_seed() -> None:
    counts: Counter[str] = Counter()
    pairs = pairs_of(_PROBLEM, _some("is 7", *(f"is {n}" for n in range(10, 20))), _rpo(pairs=10), counts)
    few, again = (capped(pairs, _rpo(cap=4, seed=seed), counts) for seed in (1, 1))
    assert few == again and len(few) == 4 and [p for p in pairs if p in few] == few
    assert any(capped(pairs, _rpo(cap=4, seed=seed), counts) != few for seed in range(2, 6))
    assert capped(pairs, _rpo(cap=0), counts) == pairs
