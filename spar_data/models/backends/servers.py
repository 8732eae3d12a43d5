"""Several servers of one model: the least busy one gets the next call, a dead one is left alone for a while."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spar_data.core.errors import SparError
from spar_data.models.backends.pace import Concurrency

if TYPE_CHECKING:
    from openai import AsyncOpenAI

REFUSALS = {401, 402, 403, 404}  # statuses that a retry cannot change
_TROUBLES = 5  # consecutive errors that suspend a server
_REFUSALS = 5  # consecutive refusals that exclude a server for good
_RESTS = (1.0, 60.0)  # seconds of suspension: the first time, at most
_PATIENCE = 120.0  # seconds without an answer from any server after which the run ends
_FIRST_PATIENCE = 5.0  # the same if no server ever answered


@dataclass
class Server:
    """One server and its state. on_trial: one call tests it after a suspension."""

    url: str
    client: AsyncOpenAI
    concurrency: Concurrency
    troubles: int = 0
    refusals: int = 0
    refused: str = ""
    last: str = ""
    rest: float = 0.0
    out_until: float = 0.0
    on_trial: bool = False
    answered: bool = False

    def open(self, now: float) -> bool:
        return not self.refused and now >= self.out_until and not self.on_trial and self.concurrency.free


class Servers:
    """`acquire` and `release` bracket each call. Raises SparError when no server is left that could answer."""

    def __init__(self, servers: Sequence[Server], patience: float = _PATIENCE) -> None:
        self.servers = list(servers)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._patience = patience
        self._since: float | None = None  # the first trouble after the last answer

    async def acquire(self) -> Server:
        """Waits for an open server and returns the one with the most room; first come, first served."""
        is_first = False
        while True:
            server = self._best() if is_first or not self._waiting else None
            if server:
                server.concurrency.in_flight += 1
                server.on_trial = server.troubles >= _TROUBLES
                self._wake()  # the next in line may find room, too
                return server
            future = asyncio.get_running_loop().create_future()
            (self._waiting.appendleft if is_first else self._waiting.append)(future)
            is_first = True
            try:
                await future
            except asyncio.CancelledError:
                if future.done() and not future.cancelled():
                    self._wake()  # pass the turn on
                raise

    def release(self, server: Server) -> None:
        server.concurrency.in_flight -= 1
        server.on_trial = False
        self._wake()

    def well(self, server: Server, began: float, tokens: int) -> None:
        """Notes an answer."""
        server.concurrency.well(began, tokens)
        server.troubles = server.refusals = 0
        server.rest = 0.0
        server.answered = True
        self._since = None

    def overload(self, server: Server, began: float, wait: float) -> None:
        """Notes a 429 or the like: fewer calls in flight, and none before the server's own Retry-After."""
        server.concurrency.overload(began)
        self._since = None  # it is alive
        self._rest(server, wait)

    def trouble(self, server: Server, cause: str) -> None:
        """Notes a broken connection or a 5xx. Several in a row suspend the server, longer every time; then one call
        tests it. Raises SparError when no server has answered for too long."""
        server.troubles += 1
        server.last = cause
        now = time.monotonic()
        self._since = self._since or now
        if server.troubles >= _TROUBLES and now >= server.out_until:
            server.rest = min(_RESTS[1], max(_RESTS[0], server.rest * 2))
            self._rest(server, server.rest)
        self._give_up(now - self._since)

    def refuse(self, server: Server, cause: str) -> bool:
        """Notes a refusal (401, 403, 404, an empty account); several in a row exclude the server.

        Returns whether another server may be asked. Raises SparError when all servers are excluded.
        """
        server.refusals += 1
        if server.refusals >= _REFUSALS:
            server.refused = cause
        if all(s.refused for s in self.servers):
            raise SparError("\n".join(f"{s.url}: {s.refused}" for s in self.servers))
        return any(not s.refused and s is not server for s in self.servers)

    def _best(self) -> Server | None:
        now = time.monotonic()
        free = [s for s in self.servers if s.open(now)]
        return min(free, key=lambda s: s.concurrency.in_flight / s.concurrency.limit, default=None)

    def _rest(self, server: Server, seconds: float) -> None:
        if seconds > 0:
            server.out_until = max(server.out_until, time.monotonic() + seconds)
            asyncio.get_running_loop().call_later(seconds + 0.001, self._wake)

    def _wake(self) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                return

    def _give_up(self, seconds: float) -> None:
        alive = [s for s in self.servers if not s.refused]
        patience = self._patience if any(s.answered for s in alive) else min(_FIRST_PATIENCE, self._patience)
        if seconds > patience and all(s.troubles >= _TROUBLES for s in alive):
            causes = "\n".join(f"{s.url}: {s.refused or s.last}" for s in self.servers)
            raise SparError(
                f"no server has answered for {seconds:.0f} seconds. Answers so far are stored, the same command goes on "
                f"from there.\n{causes}"
            )
