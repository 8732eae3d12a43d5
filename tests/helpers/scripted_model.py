"""A model without a server, for tests of what stands between requests and a backend."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from spar_data.models import Answer, Completion, Identity, Request


class Scripted:
    """A model without a server: `answer` is called for each sample."""

    identity, in_flight = Identity("gpt-4o-mini", '{"model": "x"}'), 8

    def __init__(self, answer: Callable[[Request], Answer] = lambda r: Completion("ok", "", "stop", 10, 20)) -> None:
        self.answer, self.calls, self.open, self.most = answer, 0, 0, 0

    async def ask(self, request: Request) -> Sequence[Answer]:
        self.calls += 1
        self.open += 1
        self.most = max(self.most, self.open)
        await asyncio.sleep(0.01)
        self.open -= 1
        return [self.answer(request) for _ in range(request.n)]

    async def close(self) -> None:
        pass
