"""Several servers of one model, and servers that are busy or gone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import (
    Completion,
    Limits,
    Request,
    Store,
    complete,
)
from spar_data.models.backends import openai, servers
from spar_data.models.backends.pace import Concurrency
from spar_data.models.backends.servers import Server, Servers

Serve = Callable[..., ScriptedServer]
Ask = Callable[..., Request]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "backoff", lambda attempt: 0.01)


def test_a_busy_server_is_asked_less(serve: Serve, store: Store, ask: Ask) -> None:
    """A server that takes 8 calls at once and refuses more: few refusals, nearly all of its capacity used."""

    def answer(prompt: str, nth: int) -> Reply:
        return Reply(status=429) if server.in_flight > 8 else Reply("ok", delay=0.05)

    server = serve(answer)
    requests = [ask(f"p{i}") for i in range(600)]
    began = time.monotonic()
    answers, tally = complete(f"openai:m@{server.url}", requests, store, Limits(concurrency=64))
    assert all(isinstance(a, Completion) for [a] in answers)
    assert tally.retries < 200
    assert time.monotonic() - began < 4 * 600 * 0.05 / 8


def test_a_long_pause_does_not_count_as_a_dead_server(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        server = Server("http://a", None, Concurrency(8))
        pool = Servers([server], patience=100)
        await pool.acquire()
        pool.well(server, time.monotonic(), 10)
        later = time.monotonic() + 10_000  # nothing was asked for hours
        monkeypatch.setattr(servers.time, "monotonic", lambda: later)
        for _ in range(20):
            pool.trouble(server, "broken")
        monkeypatch.setattr(servers.time, "monotonic", lambda: later + 101)
        with pytest.raises(SparError, match="no server has answered for 101 seconds"):
            pool.trouble(server, "broken")

    asyncio.run(run())


def test_several_servers_share_the_load_and_a_dead_one_comes_back(
    serve: Serve, store: Store, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "_RESTS", (0.2, 0.2))
    first, dead = serve(lambda p, nth: Reply(p, delay=0.02)), serve()
    port = int(dead.url.split(":")[2].split("/")[0])
    dead.close()
    revived: list[ScriptedServer] = []

    def report(tally: object) -> None:
        if not revived and first.calls.total() > 40:
            revived.append(serve(lambda p, nth: Reply(p, delay=0.02), port))

    spec = f"openai:m@{first.url},http://127.0.0.1:{port}/v1"
    answers, tally = complete(spec, [ask(f"p{i}") for i in range(1500)], store, Limits(concurrency=16), report)
    assert all(isinstance(a, Completion) for [a] in answers) and not tally.failed
    assert revived[0].calls.total() > 100 and first.calls.total() > 100
    assert set((first.calls + revived[0].calls).values()) == {1}


def test_a_server_with_another_model_is_left_out(serve: Serve, store: Store, ask: Ask) -> None:
    good, other = serve(), serve(lambda p, nth: Reply("no model m", status=404))
    spec = f"openai:m@{good.url},{other.url}"
    answers, _ = complete(spec, [ask(f"p{i}") for i in range(100)], store, Limits(concurrency=8))
    assert all(isinstance(a, Completion) for [a] in answers)
    assert other.calls.total() < 20


def test_no_server_answers(store: Store, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_FIRST_PATIENCE", 0.3)
    monkeypatch.setattr(servers, "_RESTS", (0.1, 0.2))
    with pytest.raises(SparError, match=r"no server has answered(.|\n)*127\.0\.0\.1:9"):
        complete("openai:m@http://127.0.0.1:9/v1", [ask(f"p{i}") for i in range(30)], store)
