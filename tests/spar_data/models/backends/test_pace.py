"""Concurrency, rates and waits, without a server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from server import ScriptedServer

from spar_data.models import (
    Request,
)
from spar_data.models.backends.pace import Concurrency, PerMinute, backoff, retry_after

Serve = Callable[..., ScriptedServer]
Ask = Callable[..., Request]


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
