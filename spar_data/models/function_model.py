"""A model made from a function: the seam for tests and for clients of one's own."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import json
import uuid
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from spar_data.models.requests import Answer, Completion, Identity, Request

Reply = str | Answer


class FunctionModel:
    """A model whose answers a function gives.

    function    takes a `Request` and returns one answer: a text, a `Completion` (with thinking or token counts) or a
                `Failure`. It is called once for each sample, with `n` = 1 and the seed of the sample. A coroutine
                function is awaited; other functions run in threads, up to `in_flight` at once. An exception ends the run.
    name        the name of the model in rows, reports and price tables.
    revision    the version of the function, for the keys of stored answers: an object with the same name and revision
                finds them again. Without a revision only this object does.

    >>> from spar_data import FunctionModel, respond
    >>> model = FunctionModel(lambda request: request.prompt.upper(), name="shout")
    >>> respond(["Say hello."], model).texts
    ['SAY HELLO.']
    """

    def __init__(
        self,
        function: Callable[[Request], Reply | Awaitable[Reply]],
        name: str = "function",
        revision: str = "",
        in_flight: int = 8,
    ) -> None:
        parts = {"family": "function", "name": name, "revision": revision or uuid.uuid4().hex}
        self.identity = Identity(name, json.dumps(parts, sort_keys=True))
        self.in_flight = in_flight
        self._function = function
        self._threads = ThreadPoolExecutor(in_flight, thread_name_prefix=name)

    def __repr__(self) -> str:
        return f"FunctionModel({self.identity.name!r})"

    async def ask(self, request: Request) -> Sequence[Answer]:
        seeds = [None if request.seed is None else request.seed + sample for sample in range(request.n)]
        replies = [self._reply(dataclasses.replace(request, n=1, seed=seed)) for seed in seeds]
        return await asyncio.gather(*replies)

    async def _reply(self, request: Request) -> Answer:
        if inspect.iscoroutinefunction(self._function):
            reply = await self._function(request)
        else:
            reply = await asyncio.get_running_loop().run_in_executor(self._threads, self._function, request)
            if inspect.isawaitable(reply):  # of an object whose __call__ is a coroutine function, or of a lambda
                reply = await reply
        return Completion(reply) if isinstance(reply, str) else reply

    async def close(self) -> None:
        """Nothing to do: the threads end with the object."""
