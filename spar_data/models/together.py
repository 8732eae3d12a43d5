"""Models that answer in one run, one asked about the answers of another: one store, one budget, each opened when needed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

from spar_data.models.ask import identify, open_model, raise_if_refused
from spar_data.models.budget import Limits, Tally
from spar_data.models.requests import Answer, Model, Request
from spar_data.models.session import Session
from spar_data.models.store import Store


class Lazy:
    """The model of a spec, opened by its first call: what is stored needs none, and a model may take minutes to load."""

    in_flight = 1 << 30  # `ask` itself waits for room

    def __init__(self, spec: str, limits: Limits, store: Store) -> None:
        self.identity = identify(spec)
        self._spec, self._limits, self._store = spec, limits, store
        self._model: Model | None = None
        self._room = asyncio.Semaphore(1)

    async def ask(self, request: Request) -> Sequence[Answer]:
        if self._model is None:
            self._model = open_model(self._spec, self._limits, self._store)
            self._room = asyncio.Semaphore(self._limits.concurrency or self._model.in_flight)
        async with self._room:
            return await self._model.ask(request)

    async def close(self) -> None:
        if self._model:
            with suppress(Exception):
                await self._model.close()

    @property
    def retries(self) -> int:
        return getattr(self._model, "retries", 0)

    @property
    def note(self) -> str:
        return getattr(self._model, "note", "")


@asynccontextmanager
async def sessions(specs: Iterable[str], store: Store, limits: Limits = Limits()) -> AsyncIterator[dict[str, Session]]:
    """A session for each spec; the caps of `limits` on tokens and money are for all of them together. Closes the models.

    Raises SparError for a spec that is none and, at the end, for a model that refused every call.
    """
    opened: dict[str, tuple[Lazy, Session]] = {}
    for spec in dict.fromkeys(specs):
        beside = next(iter(opened.values()))[1] if opened else None
        model = Lazy(spec, limits, store)
        opened[spec] = model, Session(model, store, limits, beside=beside)
    try:
        yield {spec: session for spec, (_, session) in opened.items()}
    finally:
        for model, session in opened.values():
            session.tally.retries, session.tally.note = model.retries, model.note
            session.tally.ended = time.monotonic()
            await model.close()
    for spec, (_, session) in opened.items():
        raise_if_refused(spec, session.tally, store)


def together(tallies: Sequence[Tally]) -> Tally:
    """What several models took, as one. Its money is not known unless they are the same."""
    names = list(dict.fromkeys(tally.model for tally in tallies))
    found = Tally(" + ".join(names) or "no model")
    for tally in tallies:
        found.failed.update(tally.failed)
        for name in ("cached", "done", "not_asked", "prompt_tokens", "completion_tokens", "retries"):
            setattr(found, name, getattr(found, name) + getattr(tally, name))
        found.stopped = found.stopped or tally.stopped
        found.started = min(found.started, tally.started)
    ends = [tally.ended for tally in tallies if tally.ended is not None]
    found.ended = max(ends) if len(ends) == len(tallies) and ends else None
    return found
