"""SFT rows of STaR."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from spar_data.models import Completion, Failure
from spar_data.selfplay.gold import star
from spar_data.selfplay.gold.answers import Gold
from spar_data.selfplay.gold.attempts import Attempt, attempts
from spar_data.selfplay.gold.config import GoldConfig
from spar_data.selfplay.gold.problems import Problem
from spar_data.selfplay.records import Dialogue

_PROBLEM = Problem("p", "How many?", Gold(Fraction(7)), "3+4=7\nThe answer is 7.")


def _done(text: str) -> Completion:
    return Completion(text)


def _some(*texts: str | None, problem: Problem = _PROBLEM):  # type: ignore[no-untyped-def]
    return attempts(problem, [Failure("length") if t is None else _done(t) for t in texts])


def test_star_strips_the_hint() -> None:
    counts: Counter[str] = Counter()
    config = GoldConfig("star", max_tokens=50)
    right, wrong, cut = (_some(t)[0] for t in ("3+4=7", "3+4=8", None))
    request = star.hint_request(_PROBLEM, wrong, config)
    assert star.hint_request(_PROBLEM, right, config) is None and star.hint_request(_PROBLEM, cut, config) == request
    assert star.hint_request(_PROBLEM, attempts(_PROBLEM, [Failure("status 500")])[0], config) is None
    assert request is not None and request.prompt.startswith("How many?") and "the right answer is 7" in request.prompt

    def rows(first: Attempt, *second: Completion | Failure) -> list[Dialogue]:
        return star.rationales_of(_PROBLEM, [first, *attempts(_PROBLEM, second)], config, counts)

    [row] = rows(wrong, _done("3 and 4 make 7"))
    assert [m.content for m in row.messages] == ["How many?", "3 and 4 make 7"] and row.source == ["hint"]
    assert rows(right)[0].source == ["direct"]
    for second in (
        _done("As the hint says, 7"),
        _done("The given answer is 7."),
        _done("8"),
        _done("?"),
        Failure("length"),
    ):
        assert rows(wrong, second) == []
    assert counts == {
        "right with the hint": 1, "right at once": 1, "right with the hint, but speaks of it": 2, "wrong with the hint": 1,
        "no answer with the hint (no number in the reply)": 1, "failed with the hint (length)": 1,
    }  # fmt: skip
