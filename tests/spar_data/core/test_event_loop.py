"""`run_sync` with and without a running event loop, and Ctrl-C in both."""

from __future__ import annotations

import asyncio
import signal
import threading

import pytest

from spar_data.core.event_loop import run_sync, run_workers


async def _double(number: int) -> int:
    await asyncio.sleep(0)
    return 2 * number


async def _inside(number: int) -> int:
    return run_sync(_double(number))


def test_result_with_and_without_a_loop() -> None:
    assert run_sync(_double(1)) == 2 and asyncio.run(_inside(2)) == 4


def test_errors_pass_through() -> None:
    async def fail() -> None:
        raise ValueError("wrong")

    async def cell() -> None:
        run_sync(fail())

    for run in (lambda: run_sync(fail()), lambda: asyncio.run(cell())):
        with pytest.raises(ValueError, match="wrong"):
            run()


def test_ctrl_c_inside_a_loop_cancels_and_cleans_up() -> None:
    """A notebook interrupts its main thread; the coroutine runs in another one and has to end."""
    ended: list[str] = []
    main = threading.main_thread().ident or 0

    async def forever() -> None:
        try:
            signal.pthread_kill(main, signal.SIGINT)
            await asyncio.sleep(60)
        finally:
            ended.append("cleaned up")

    async def cell() -> None:
        run_sync(forever())

    loop = asyncio.new_event_loop()  # unlike asyncio.run it leaves SIGINT to Python, as notebooks do
    try:
        with pytest.raises(KeyboardInterrupt):
            loop.run_until_complete(cell())
    finally:
        loop.close()
    assert ended == ["cleaned up"]


def test_workers_share_an_iterator_and_the_first_error_ends_them() -> None:
    numbers, done, shown = iter(range(100)), list[int](), list[int]()

    async def work() -> None:
        for number in numbers:
            await asyncio.sleep(0)
            done.append(number)
            if number == 50:
                raise ValueError("fifty")

    asyncio.run(run_workers(4, lambda: asyncio.sleep(0), lambda: shown.append(len(done))))
    assert shown == [0]
    with pytest.raises(ValueError, match="fifty"):
        asyncio.run(run_workers(4, work, lambda: shown.append(len(done))))
    assert 50 in done and shown[-1] == len(done) < 60
