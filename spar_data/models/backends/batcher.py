"""The `ask` of backends that answer many requests at once: a GPU, a cluster, a batch API."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from spar_data.models.requests import Answer, Identity, Request

Run = Callable[[Sequence[Request]], Iterator[tuple[int, Sequence[Answer]]]]


class Batcher:
    """Collects open requests in chunks and passes each chunk to a function, in a thread of its own.

    run     gets up to `chunk` requests and yields (index, the n answers) in any order, each as soon as it is known. It
            should return early when `stopping` is set. Its exception is raised by every call without an answer.
    quiet   seconds without a new request after which a chunk is complete.
    """

    def __init__(self, identity: Identity, run: Run, chunk: int, quiet: float = 0.05) -> None:
        self.identity = identity
        self.in_flight = 2 * chunk  # the next chunk is ready when one is done
        self.stopping = threading.Event()
        self.note = ""  # what the backend is doing, for the progress line
        self._run, self._chunk, self._quiet = run, chunk, quiet
        self._queue: queue.SimpleQueue[tuple[Request, asyncio.Future[Sequence[Answer]]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def ask(self, request: Request) -> Sequence[Answer]:
        if self._thread is None:
            self._loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._work, name="model", daemon=True)
            self._thread.start()
        future: asyncio.Future[Sequence[Answer]] = asyncio.get_running_loop().create_future()
        self._queue.put((request, future))
        return await future

    async def close(self) -> None:
        """Lets the thread end after its current batch. It is a daemon thread, so that Ctrl-C need not wait for it."""
        self.stopping.set()
        self._queue.put(None)
        if self._thread:
            await asyncio.get_running_loop().run_in_executor(None, self._thread.join, 5.0)

    def _work(self) -> None:
        while (chunk := self._collect()) is not None:
            unanswered = dict(enumerate(chunk))
            try:
                for i, answers in self._run([request for request, _ in chunk]):
                    self._resolve(unanswered.pop(i)[1], answers)
                if unanswered and not self.stopping.is_set():
                    raise RuntimeError(f"{len(unanswered)} requests were left without an answer")
            except Exception as error:
                for _, future in unanswered.values():
                    self._resolve(future, error)

    def _collect(self) -> list[tuple[Request, asyncio.Future[Sequence[Answer]]]] | None:
        chunk: list[tuple[Request, asyncio.Future[Sequence[Answer]]]] = []
        until: float | None = None
        while len(chunk) < self._chunk:
            try:
                item = self._queue.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if item is None or self.stopping.is_set():
                return None
            if not item[1].cancelled():
                chunk.append(item)
                until = time.monotonic() + self._quiet
        return chunk

    def _resolve(self, future: asyncio.Future[Sequence[Answer]], result: Sequence[Answer] | Exception) -> None:
        def finish() -> None:
            if future.done():
                return
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(finish)
