"""Several models in one run, e.g. a refiner and its judge: one store, one budget, each opened by its first call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from spar_data.models.ask import close_model, identify, open_model, raise_if_refused
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
        self.backend: Model | None = None
        self._room = asyncio.Semaphore(1)

    async def ask(self, request: Request) -> Sequence[Answer]:
        if self.backend is None:
            self.backend = open_model(self._model, self._limits, self._store)
            self._room = asyncio.Semaphore(self._limits.concurrency or self.backend.in_flight)
        async with self._room:
            return await self.backend.ask(request)

    async def close(self) -> None:
        await close_model(self.backend, self._model)


@asynccontextmanager
async def sessions(
    models: Iterable[AnyModel], store: Store, limits: Limits | Budget = Limits()
) -> AsyncIterator[dict[AnyModel, Session]]:
    """A session for each model, all with one budget. Closes the models at the end.

    Raises SparError for an unusable spec and, at the end, for a model that refused every call.
    """
    budget = Budget.of(limits)
    lazy_models = {model: LazyModel(model, budget.limits, store) for model in models}
    opened = {model: Session(lazy, store, budget) for model, lazy in lazy_models.items()}
    try:
        yield opened
    finally:
        for model, lazy in lazy_models.items():
            tally = opened[model].tally
            tally.retries, tally.ended = getattr(lazy.backend, "retries", 0), time.monotonic()
            await lazy.close()
    for model, session in opened.items():
        raise_if_refused(model, session.tally, store)
