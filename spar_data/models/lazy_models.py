"""Several models in one run, e.g. a refiner and its judge: one store, one budget, each opened by its first call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

from spar_data.models.ask import identify, open_model, raise_if_refused
from spar_data.models.requests import Answer, AnyModel, Model, Request
from spar_data.models.session import Session
from spar_data.models.spending.budget import Budget
from spar_data.models.spending.limits import Limits
from spar_data.models.store import Store


class LazyModel:
    """A model that is opened by its first call: stored answers need none, and a model may take minutes to load."""

    in_flight = 1 << 30  # `ask` itself waits for room

    def __init__(self, model: AnyModel, limits: Limits, store: Store) -> None:
        self.identity = identify(model)
        self._model, self._limits, self._store = model, limits, store
        self._backend: Model | None = None
        self._room = asyncio.Semaphore(1)

    async def ask(self, request: Request) -> Sequence[Answer]:
        if self._backend is None:
            self._backend = open_model(self._model, self._limits, self._store)
            self._room = asyncio.Semaphore(self._limits.concurrency or self._backend.in_flight)
        async with self._room:
            return await self._backend.ask(request)

    async def close(self) -> None:
        """Closes a model that was opened here; an object is closed by its owner."""
        if self._backend and self._backend is not self._model:
            with suppress(Exception):
                await self._backend.close()

    @property
    def retries(self) -> int:
        return getattr(self._backend, "retries", 0)

    @property
    def note(self) -> str:
        return getattr(self._backend, "note", "")


@asynccontextmanager
async def sessions(
    models: Iterable[AnyModel], store: Store, limits: Limits | Budget = Limits()
) -> AsyncIterator[dict[AnyModel, Session]]:
    """A session for each model, all with one budget. Closes the models at the end.

    Raises SparError for an unusable spec and, at the end, for a model that refused every call.
    """
    budget = Budget.of(limits)
    opened: dict[AnyModel, tuple[LazyModel, Session]] = {}
    for model in dict.fromkeys(models):
        lazy = LazyModel(model, budget.limits, store)
        opened[model] = lazy, Session(lazy, store, budget)
    try:
        yield {model: session for model, (_, session) in opened.items()}
    finally:
        for lazy, session in opened.values():
            session.tally.retries, session.tally.note = lazy.retries, lazy.note
            session.tally.ended = time.monotonic()
            await lazy.close()
    for model, (_, session) in opened.items():
        raise_if_refused(model, session.tally, store)
