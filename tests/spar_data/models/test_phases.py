"""Phases of a run: their tallies, and what they do once the budget is spent."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from scripted_model import Scripted

from spar_data.models import AnyModel, Budget, Completion, Failure, Limits, Report, Request, Store, Tally
from spar_data.models.phases import Rounds

Ask = Callable[..., Request]


def test_a_spent_budget_leaves_stored_answers(store: Store, ask: Ask) -> None:
    model, reported = Scripted(), list[str]()

    def reports(phase: str) -> Report:
        return lambda tally: reported.append(phase)

    rounds = Rounds(store, Limits(max_tokens_total=100), reports)
    assert rounds.ask("none", model, []) == [] and not rounds.tallies
    rounds.send("first", model, [ask("p", n=3, max_tokens=20)])
    assert rounds.stopped == "" and set(reported) == {"first"}
    [[stored], [refused]] = rounds.ask("second", model, [ask("p", max_tokens=20), ask("q", max_tokens=20)])
    assert stored == Completion("ok", "", "stop", 10, 20) and isinstance(refused, Failure)
    assert refused.cause == "budget" and rounds.stopped == refused.detail
    assert [(phase, t.done, t.cached, t.not_asked) for phase, t in rounds.tallies] == [
        ("first", 3, 0, 0),
        ("second", 0, 1, 1),
    ]


def test_a_phase_of_its_own_kind_shares_the_budget(store: Store) -> None:
    def work(own: Store, budget: Budget, report: Report) -> Mapping[AnyModel, Tally]:
        assert own is store and budget.limits.rpm == 5
        return {"a": Tally("a", done=1), "b": Tally("b", done=2)}

    rounds = Rounds(store, Limits(rpm=5))
    rounds.run("search", work)
    assert [(phase, tally.done) for phase, tally in rounds.tallies] == [("search", 1), ("search", 2)]
