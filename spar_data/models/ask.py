"""Opens models and asks them: one for many requests, or several that share a store and a budget."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import chain

from spar_data.core.errors import SparError
from spar_data.core.event_loop import run_sync
from spar_data.models.backends.servers import REFUSALS
from spar_data.models.model_spec import Spec, parse_spec
from spar_data.models.requests import Answer, AnyModel, Identity, Model, Request
from spar_data.models.session import Report, Session, drive, read, silent
from spar_data.models.spending.budget import Budget
from spar_data.models.spending.limits import Limits
from spar_data.models.spending.tally import Tally
from spar_data.models.store import Store, completion_keys


def identify(model: AnyModel | Spec) -> Identity:
    """The name and key of a model. Quick: loads no weights, needs no API key. Raises SparError for an unusable spec."""
    if not isinstance(model, str | Spec):
        return model.identity
    spec = parse_spec(model) if isinstance(model, str) else model
    return spec.backend.identify(spec)


def model_label(model: AnyModel) -> str:
    """How rows and messages name a model: its spec as it was given, or the name of an object."""
    return model if isinstance(model, str) else model.identity.name


def open_model(model: AnyModel, limits: Limits, store: Store) -> Model:
    """The backend of a spec; an object is returned as it is. store: records batch jobs. Raises SparError."""
    spec = parse_spec(model) if isinstance(model, str) else None
    if limits.batch and not (spec and spec.backend.batch):
        raise SparError(f"--batch is for openai: models, not for {model_label(model)}")
    return spec.backend.open(spec, limits, store) if spec else model  # type: ignore[return-value]


async def _close(backend: Model | None, model: AnyModel) -> None:
    """Closes the backend that was opened for a spec. An object is not closed: its owner may use it again."""
    if backend and backend is not model:
        with suppress(Exception):
            await backend.close()


def ask_all(
    model: AnyModel,
    requests: Iterable[Request],
    store: Store,
    limits: Limits | Budget = Limits(),
    report: Report = silent,
    total: int | None = None,
) -> Tally:
    """Asks for what the store does not hold, and stores the answers; `read` returns them in order. Memory stays flat.

    limits: a `Budget` is shared with other phases; once it is spent, nothing is asked. total: the number of samples, if
    known, for the time left. Raises SparError for what would fail every request; answers until then are stored. A run that
    is interrupted or killed loses its calls in flight, nothing else.
    """
    identity, budget, todo = identify(model), Budget.of(limits), iter(requests)
    stopped, tally = budget.stopped, Tally(identity.name, total)
    for request in todo:  # stored answers need no model, and a model may take minutes to load
        stored = sum(map(store.has, completion_keys(request, identity)))
        if stored < request.n and not stopped:
            todo = chain([request], todo)
            break
        tally.cached += stored
        tally.not_asked += request.n - stored
    else:
        tally.stopped = stopped if tally.not_asked else ""
        tally.ended = tally.started
        return tally

    async def run() -> Tally:
        backend = open_model(model, budget.limits, store)
        try:
            return await drive(backend, todo, store, budget, report, total, tally.cached)
        finally:
            await _close(backend, model)

    tally = run_sync(run())
    _raise_if_refused(model, tally, store)
    return tally


def _raise_if_refused(model: AnyModel, tally: Tally, store: Store) -> None:
    """Raises SparError if every call of a run was refused."""
    if not tally.done and tally.failed and tally.failed.keys() <= {f"status {status}" for status in REFUSALS}:
        reason = next((str(failure) for failure in store.last_failures(1)), "")
        raise SparError(
            f"{model_label(model)} refused every call, the last with {reason}. "
            "Check the key, the model's name and the address"
        )


def complete(
    model: AnyModel,
    requests: Sequence[Request],
    store: Store,
    limits: Limits | Budget = Limits(),
    report: Report = silent,
) -> tuple[list[list[Answer]], Tally]:
    """n answers for every request, in input order, and the tally. For answers that fit into memory."""
    tally = ask_all(model, requests, store, limits, report, sum(request.n for request in requests))
    return list(read(identify(model), requests, store, tally.stopped)), tally


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
        await _close(self.backend, self._model)


@asynccontextmanager
async def sessions(
    models: Iterable[AnyModel], store: Store, limits: Limits | Budget = Limits()
) -> AsyncIterator[dict[AnyModel, Session]]:
    """A session for each model, all with one budget. Closes the models at the end.

    Raises SparError for an unusable spec and, at the end, for a model that refused every call.
    """
    budget = Budget.of(limits)
    backends = {model: LazyModel(model, budget.limits, store) for model in models}
    opened = {model: Session(backend, store, budget) for model, backend in backends.items()}
    try:
        yield opened
    finally:
        for model, session in opened.items():
            session.tally.retries = getattr(backends[model].backend, "retries", 0)
            session.tally.ended = time.monotonic()
            await backends[model].close()
    for model, session in opened.items():
        _raise_if_refused(model, session.tally, store)
