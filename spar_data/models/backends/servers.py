"""Several servers that serve one model: the least busy one is asked, a dead one is left alone for a while."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spar_data.core.errors import SparError
from spar_data.models.backends.pace import Concurrency

REFUSALS = {401, 402, 403, 404}  # statuses that no second try can heal
_TROUBLES = 5  # errors in a row that take a server out
_REFUSALS = 5  # 401, 403 or 404 in a row that end it for good
_RESTS = (1.0, 60.0)  # seconds out: the first time, at most
_PATIENCE = 120.0  # seconds without any server that answers, after which the run ends
_NEVER = 5.0  # the same if no server ever answered


@dataclass
class Server:
    url: str
    client: Any
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
        """The open server with the most room, as soon as there is one; first come, first served."""
        turn = False
        while True:
            server = self._best() if turn or not self._waiting else None
            if server:
                server.concurrency.in_flight += 1
                server.on_trial = server.troubles >= _TROUBLES
                self._wake()  # the next in line may find room as well
                return server
            future = asyncio.get_running_loop().create_future()
            (self._waiting.appendleft if turn else self._waiting.append)(future)
            turn = True
            try:
                await future
            except asyncio.CancelledError:
                if future.done() and not future.cancelled():
                    self._wake()  # it was this one's turn
                raise

    def release(self, server: Server) -> None:
        server.concurrency.in_flight -= 1
        server.on_trial = False
        self._wake()

    def well(self, server: Server, began: float, tokens: int) -> None:
        server.concurrency.well(began, tokens)
        server.troubles = server.refusals = 0
        server.rest = 0.0
        server.answered = True
        self._since = None

    def overload(self, server: Server, began: float, wait: float) -> None:
        """429 and the like: fewer calls in flight, and none before the server's own Retry-After."""
        server.concurrency.overload(began)
        self._since = None  # it is alive
        self._rest(server, wait)

    def trouble(self, server: Server, cause: str) -> None:
        """A broken connection or a 5xx. Some in a row take the server out, longer every time; then one call tries it."""
        server.troubles += 1
        server.last = cause
        now = time.monotonic()
        self._since = self._since or now
        if server.troubles >= _TROUBLES and now >= server.out_until:
            server.rest = min(_RESTS[1], max(_RESTS[0], server.rest * 2))
            self._rest(server, server.rest)
        self._give_up(now - self._since)

    def refuse(self, server: Server, cause: str) -> bool:
        """401, 403, 404 or an empty account. Some in a row end the server; no server left ends the run. Returns whether
        another server may be asked."""
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
        patience = self._patience if any(s.answered for s in alive) else min(_NEVER, self._patience)
        if seconds > patience and all(s.troubles >= _TROUBLES for s in alive):
            causes = "\n".join(f"{s.url}: {s.refused or s.last}" for s in self.servers)
            raise SparError(
                f"no server has answered for {seconds:.0f} seconds. Answers so far are stored, the same command goes on "
                f"from there.\n{causes}"
            )
