"""Stored answers need no model; refusals; sessions of several models, which are closed only by their owners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from scripted_model import Scripted
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import Completion, Failure, Limits, Request, Store, complete
from spar_data.models import ask as asking
from spar_data.models.ask import sessions
from spar_data.models.backends import openai

Serve = Callable[..., ScriptedServer]
Ask = Callable[..., Request]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "backoff", lambda attempt: 0.01)


def test_stored_answers_need_no_model(serve: Serve, store: Store, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve()
    requests = [ask(f"p{i}", n=2) for i in range(5)]
    answers, _ = complete(f"openai:m@{server.url}", requests, store)
    monkeypatch.setattr(asking, "open_model", lambda *args: 1 / 0)
    again, tally = complete(f"openai:m@{server.url}", requests, store)
    assert again == answers and tally.cached == 10 and tally.to_dict()["answers"]["new"] == 0


def test_one_call_that_is_refused_is_an_error(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda prompt, nth: Reply("no model m.", status=404))
    with pytest.raises(SparError, match="refused every call, the last with status 404: no model m"):
        complete(f"openai:m@{server.url}", [ask("p")], store)


def test_a_few_refusals_are_failed_rows(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda prompt, nth: 403 if prompt == "p3" else "fine")
    answers, _ = complete(f"openai:m@{server.url}", [ask(f"p{i}") for i in range(10)], store, Limits(concurrency=1))
    assert [i for i, [a] in enumerate(answers) if isinstance(a, Failure)] == [3]


def test_a_session_opens_its_model_by_the_first_call(
    store: Store, ask: Ask, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = f"openai:m@{serve().url}"
    complete(spec, [ask("p")], store)
    monkeypatch.setattr(asking, "open_model", lambda *args: 1 / 0)

    async def run() -> None:
        async with sessions([spec, spec], store) as opened:
            assert list(opened) == [spec]
            assert (await opened[spec].ask(ask("p")))[0] == Completion("answer to p", "", "stop", 7, 3)
            with pytest.raises(ZeroDivisionError):
                await opened[spec].ask(ask("q"))

    asyncio.run(run())


def test_concurrency_and_owners(store: Store, ask: Ask) -> None:
    class Closing(Scripted):
        closed = 0

        async def close(self) -> None:
            self.closed += 1

    model = Closing()

    async def run() -> None:
        async with sessions([model], store, Limits(concurrency=3)) as opened:
            await asyncio.gather(*(opened[model].ask(ask(f"p{i}")) for i in range(20)))

    asyncio.run(run())
    assert model.most == 3 and model.closed == 0  # an object is closed by its owner


def test_a_session_that_is_refused_is_an_error(store: Store, ask: Ask, serve: Serve) -> None:
    async def run() -> None:
        async with sessions([f"openai:m@{serve(lambda prompt, nth: 403).url}"], store) as opened:
            [session] = opened.values()
            await session.ask(ask("p"))

    with pytest.raises(SparError, match="refused every call, the last with status 403"):
        asyncio.run(run())
