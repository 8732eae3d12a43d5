"""A function, or any object with the model protocol, stands wherever a spec does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_model import Scripted

from spar_data.core.errors import SparError
from spar_data.models import Completion, Failure, FunctionModel, Limits, Request, Store, complete, identify, model_label
from spar_data.models.phases import Phases

Ask = Callable[..., Request]


def test_one_call_a_sample_with_its_own_seed(store: Store, ask: Ask) -> None:
    seen: list[tuple[int, int | None]] = []

    def answer(request: Request) -> str:
        seen.append((request.n, request.seed))
        return f"{request.prompt} {request.seed}"

    answers, tally = complete(FunctionModel(answer), [ask("p", n=3, seed=7)], store)
    assert answers == [[Completion(f"p {seed}") for seed in (7, 8, 9)]] and tally.done == 3
    assert sorted(seen) == [(1, 7), (1, 8), (1, 9)]


def test_return_values_of_a_function(store: Store, ask: Ask) -> None:
    async def answer(request: Request) -> str | Completion | Failure:
        replies = {"text": "t", "full": Completion("t", "hm", prompt_tokens=2), "none": Failure("empty", "no text")}
        return replies[request.prompt]

    answers, tally = complete(FunctionModel(answer), [ask(p) for p in ("text", "full", "none")], store)
    assert answers == [[Completion("t")], [Completion("t", "hm", prompt_tokens=2)], [Failure("empty", "no text")]]
    assert (tally.done, tally.failed, tally.prompt_tokens) == (2, {"empty": 1}, 2)


def test_plain_functions_run_at_once_up_to_in_flight(store: Store, ask: Ask) -> None:
    together = threading.Barrier(4, timeout=10)  # breaks if fewer than four calls are open at once

    def answer(request: Request) -> str:
        together.wait()
        return "ok"

    _, tally = complete(FunctionModel(answer, in_flight=4), [ask(f"p{i}") for i in range(8)], store)
    assert tally.done == 8


def test_an_exception_ends_the_run(store: Store, ask: Ask) -> None:
    with pytest.raises(ZeroDivisionError):
        complete(FunctionModel(lambda request: str(1 // 0)), [ask("p")], store)


def test_the_revision_decides_which_answers_are_reused(store: Store, ask: Ask) -> None:
    def tally_of(model: FunctionModel) -> tuple[int, int]:
        tally = complete(model, [ask("p")], store)[1]
        return tally.cached, tally.done

    assert tally_of(FunctionModel(lambda r: "a", "m", revision="1")) == (0, 1)
    assert tally_of(FunctionModel(lambda r: "b", "m", revision="1")) == (1, 0)
    assert tally_of(FunctionModel(lambda r: "b", "m", revision="2")) == (0, 1)
    unnamed = FunctionModel(lambda r: "c")
    assert [tally_of(unnamed), tally_of(unnamed), tally_of(FunctionModel(lambda r: "c"))] == [(0, 1), (1, 0), (0, 1)]


def test_any_object_with_the_protocol_stands_for_a_spec(store: Store, ask: Ask) -> None:
    model = Scripted()
    phases = Phases(store)
    assert phases.ask("first", model, [ask("p")]) == [[Completion("ok", "", "stop", 10, 20)]]
    phases.send("second", model, [ask("p"), ask("q")])
    assert [(phase, tally.cached, tally.done) for phase, tally in phases.tallies] == [("first", 0, 1), ("second", 1, 1)]
    assert identify(model) == model.identity and model_label(model) == "gpt-4o-mini" and model_label("hf:x") == "hf:x"
    with pytest.raises(SparError, match="--batch is for openai"):
        complete(model, [ask("r")], store, Limits(batch=True))


def test_inside_a_running_event_loop(tmp_path: Path, ask: Ask) -> None:
    """As in a notebook: the synchronous functions work where a loop runs already."""

    async def cell() -> int:
        with Store(tmp_path / "s.sqlite") as store:
            return complete(FunctionModel(lambda r: "ok"), [ask("p"), ask("q")], store)[1].done

    assert asyncio.run(cell()) == 2
