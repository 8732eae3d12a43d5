"""Phases of a run: their tallies, and what they do once the budget is spent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from scripted_model import Scripted
from server import ScriptedServer

from spar_data.models import AnyModel, Budget, Completion, Failure, FunctionModel, Limits, Report, Request, Store, Tally
from spar_data.models.phases import Phases, open_phases

Ask = Callable[..., Request]


def test_a_spent_budget_leaves_stored_answers(store: Store, ask: Ask) -> None:
    model, reported = Scripted(), list[str]()

    def reports(phase: str) -> Report:
        return lambda tally: reported.append(phase)

    phases = Phases(store, Limits(max_tokens_total=100), reports)
    assert phases.ask("none", model, []) == [] and not phases.tallies
    phases.send("first", model, [ask("p", n=3, max_tokens=20)])
    assert phases.stopped == "" and set(reported) == {"first"}
    [[stored], [refused]] = phases.ask("second", model, [ask("p", max_tokens=20), ask("q", max_tokens=20)])
    assert stored == Completion("ok", "", "stop", 10, 20) and isinstance(refused, Failure)
    assert refused.cause == "budget" and phases.stopped == refused.detail
    assert [(phase, t.done, t.cached, t.not_asked) for phase, t in phases.tallies] == [
        ("first", 3, 0, 0),
        ("second", 0, 1, 1),
    ]


def test_a_phase_of_its_own_kind_shares_the_budget(store: Store) -> None:
    def work(own: Store, budget: Budget, report: Report) -> Mapping[AnyModel, Tally]:
        assert own is store and budget.limits.rpm == 5
        return {"a": Tally("a", done=1), "b": Tally("b", done=2)}

    phases = Phases(store, Limits(rpm=5))
    phases.run("search", work)
    assert [(phase, tally.done) for phase, tally in phases.tallies] == [("search", 1), ("search", 2)]


def test_rounds_share_one_budget(
    store: Store, serve: Callable[..., ScriptedServer], ask: Callable[..., Request]
) -> None:
    server = serve()
    spec = f"openai:m@{server.url}"
    phases = Phases(store, Limits(max_tokens_total=60, concurrency=1))
    first = phases.ask("one", spec, [ask("a", max_tokens=20), ask("b", max_tokens=20)])
    assert all(isinstance(each[0], Completion) for each in first) and not phases.stopped
    second = phases.ask("two", spec, [ask("a", max_tokens=20), ask("c", max_tokens=50)])
    assert isinstance(second[0][0], Completion), "stored answers are free"
    assert isinstance(second[1][0], Failure) and second[1][0].cause == "budget" and phases.stopped
    third = phases.ask("three", spec, [ask("b", max_tokens=20), ask("d", max_tokens=1)])
    assert isinstance(third[0][0], Completion) and third[1][0].cause == "budget"  # type: ignore[union-attr]
    assert server.calls.total() == 2 and [phase for phase, _ in phases.tallies] == ["one", "two", "three"]
    assert phases.tallies[-1][1].not_asked == 1


def test_a_file_keeps_answers_and_a_temporary_store_does_not(ask: Callable[..., Request], tmp_path: Path) -> None:
    prompts: list[str] = []

    def reply(request: Request) -> str:
        prompts.append(request.prompt)
        return "hello"

    model = FunctionModel(reply)
    for store in (tmp_path / "kept.sqlite", str(tmp_path / "kept.sqlite"), None, None):
        with open_phases(store) as phases:
            [[answer]] = phases.ask("respond", model, [ask("Say hello.")])
            assert getattr(answer, "text", "") == "hello" and [phase for phase, _ in phases.tallies] == ["respond"]
    assert len(prompts) == 3
