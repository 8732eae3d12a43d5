"""Budgets, equal requests, limits, and what a run says of itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from scripted_model import Scripted
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import Answer, Completion, Limits, Request, Session, Store, Tally, complete
from spar_data.models.backends import servers
from spar_data.models.backends.pace import Concurrency, PerMinute, backoff, retry_after
from spar_data.models.backends.servers import Server, Servers
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


def test_an_error_of_the_model_ends_the_run_and_keeps_what_was_stored(store: Store, ask: Ask) -> None:
    def answer(request: Request) -> Answer:
        if model.calls > 50:
            raise SparError("no more")
        return Completion("ok")

    model = Scripted(answer)
    with pytest.raises(SparError, match="no more"):
        asyncio.run(drive(model, [ask(f"p{i}") for i in range(1000)], store))
    assert 40 <= len(store) <= 50


def test_a_cancelled_run_keeps_what_was_stored(store: Store, ask: Ask) -> None:
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


def test_concurrency_falls_by_a_factor_and_rises_by_one_a_round() -> None:
    limit = Concurrency(100)
    now = time.monotonic()
    for _ in range(10):
        limit.overload(now)  # ten calls that were on their way together are one sign
    assert limit.limit == pytest.approx(70)
    limit.in_flight = 69
    for _ in range(70):
        limit.well(time.monotonic(), 10)
    assert 70.9 < limit.limit < 71.1
    limit.in_flight = 10
    limit.well(time.monotonic(), 10)
    assert limit.limit < 71.1  # nobody asked for more
    for _ in range(100):
        limit.overload(time.monotonic())
    assert limit.limit == 1 and Concurrency(1).free


def test_concurrency_falls_when_answers_take_much_longer() -> None:
    limit = Concurrency(32)
    for seconds in [1.0] * 32 + [1.2] * 32:
        limit.well(time.monotonic() - seconds, 50)
    assert limit.limit == 32
    for _ in range(32):
        limit.well(time.monotonic() - 10.0, 50)
    assert limit.limit < 32
    longer = Concurrency(32)
    for seconds, tokens in [(1.0, 50)] * 32 + [(10.0, 1000)] * 32:
        longer.well(time.monotonic() - seconds, tokens)
    assert longer.limit == 32  # longer answers are no sign of overload


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


def test_a_long_pause_is_no_dead_server(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_per_minute() -> None:
    async def run(bucket: PerMinute, units: list[float]) -> float:
        began = time.monotonic()
        for each in units:
            await bucket.take(each)
        return time.monotonic() - began

    assert asyncio.run(run(PerMinute(0), [1e9] * 100)) < 0.1
    assert 0.4 < asyncio.run(run(PerMinute(600), [1] * 26)) < 1.2  # 20 at once, then 10 a second
    assert 0.9 < asyncio.run(run(PerMinute(60_000), [3000, 1])) < 2.0  # a large call leaves a debt


def test_waiting_before_a_retry() -> None:
    assert all(0 <= backoff(0) <= 0.5 for _ in range(100)) and all(backoff(20) <= 30 for _ in range(100))
    assert len({backoff(3) for _ in range(10)}) == 10
    assert retry_after("1.5") == 1.5 and retry_after(None) == retry_after("soon") == retry_after("nan") == 0
    assert retry_after("-3") == 0 and retry_after("1e9") == 3600
    assert 55 < retry_after(time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 60))) <= 60
