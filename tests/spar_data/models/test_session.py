"""Budgets, equal requests, limits, and what a run says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from scripted_model import Scripted
from server import ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import Answer, Completion, Request, Session, Store, Tally
from spar_data.models.session import drive

Serve = Callable[..., ScriptedServer]
Ask = Callable[..., Request]


def test_equal_requests_that_are_open_share_a_call(store: Store, ask: Ask) -> None:
    async def run() -> tuple[list[list[Answer]], Tally]:
        session = Session(model, store)
        answers = await asyncio.gather(*(session.ask(ask("same")) for _ in range(20)), session.ask(ask("same", n=3)))
        return list(answers), session.tally

    model = Scripted()
    answers, tally = asyncio.run(run())
    assert model.calls == 2  # the first, and two more samples for the last
    assert [len(a) for a in answers] == [1] * 20 + [3]
    assert (tally.done, tally.cached) == (3, 20)


def test_an_error_of_the_model_ends_the_run_and_keeps_stored_answers(store: Store, ask: Ask) -> None:
    def answer(request: Request) -> Answer:
        if model.calls > 50:
            raise SparError("no more")
        return Completion("ok")

    model = Scripted(answer)
    with pytest.raises(SparError, match="no more"):
        asyncio.run(drive(model, [ask(f"p{i}") for i in range(1000)], store))
    assert 40 <= len(store) <= 50


def test_a_cancelled_run_keeps_stored_answers(store: Store, ask: Ask) -> None:
    async def run() -> None:
        task = asyncio.create_task(drive(model, (ask(f"p{i}") for i in range(10_000)), store))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    model = Scripted()
    asyncio.run(run())
    assert 0 < len(store) <= model.calls < len(store) + 9
    store.put("later", "m", Completion("x")).result(timeout=5)  # what was being written did not end the writer
