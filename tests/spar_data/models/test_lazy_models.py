"""Sessions of several models: opened by their first call, closed only by their owners."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from scripted_model import Scripted
from server import ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import Completion, Limits, Request, Store, complete, lazy_models
from spar_data.models.lazy_models import sessions

Ask = Callable[..., Request]
Serve = Callable[..., ScriptedServer]


def test_stored_answers_open_no_model(store: Store, ask: Ask, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = f"openai:m@{serve().url}"
    complete(spec, [ask("p")], store)
    monkeypatch.setattr(lazy_models, "open_model", lambda *args: 1 / 0)

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


def test_a_model_that_refuses_every_call(store: Store, ask: Ask, serve: Serve) -> None:
    async def run() -> None:
        async with sessions([f"openai:m@{serve(lambda prompt, nth: 403).url}"], store) as opened:
            [session] = opened.values()
            await session.ask(ask("p"))

    with pytest.raises(SparError, match="refused every call, the last with status 403"):
        asyncio.run(run())
