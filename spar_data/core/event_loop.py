"""Runs coroutines from synchronous functions, even inside a running event loop (Jupyter), and workers side by side."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")
_TICK = 0.25  # seconds between two reports


def run_sync(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine to its end and returns its result.

    Where an event loop is running already, which asyncio does not nest, the coroutine runs in a thread with a loop of its
    own. Ctrl-C cancels the coroutine in both cases and waits for its cleanup.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()
    outcome: Future[T] = Future()

    async def main() -> T:
        task = asyncio.current_task()
        assert task is not None
        started.set_result((asyncio.get_running_loop(), task))
        return await coroutine

    def run() -> None:
        try:
            outcome.set_result(asyncio.run(main()))
        except BaseException as error:
            outcome.set_exception(error)

    try:
        threading.Thread(target=run).start()
        return outcome.result()
    except KeyboardInterrupt:  # may come while the thread starts
        loop, task = started.result()
        with contextlib.suppress(RuntimeError):  # the loop is closed: the coroutine has ended
            loop.call_soon_threadsafe(task.cancel)
        outcome.exception()  # waits for the cleanup
        raise


async def run_workers(number: int, work: Callable[[], Coroutine[Any, Any, None]], show: Callable[[], None]) -> None:
    """Runs `work` so many times at once, and calls `show` four times a second and at the end. Raises the first error."""

    async def tick() -> None:
        while True:
            await asyncio.sleep(_TICK)
            show()

    ticker = asyncio.create_task(tick())
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(number):
                group.create_task(work())
    except BaseExceptionGroup as errors:
        error: BaseException = errors
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None
    finally:
        ticker.cancel()
        show()
