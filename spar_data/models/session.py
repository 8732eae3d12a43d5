"""Every call goes through a session: stored answers first, then the budget, the model and the store."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator

from spar_data.core.event_loop import run_workers
from spar_data.models.requests import Answer, Completion, Failure, Identity, Model, Request
from spar_data.models.spending.budget import Account, Budget, BudgetSpent
from spar_data.models.spending.limits import Limits
from spar_data.models.spending.tally import Tally
from spar_data.models.store import Store, completion_keys

Report = Callable[[Tally], None]
_AHEAD = 200  # requests whose answers are read at once


def silent(tally: Tally) -> None:
    """A report that shows nothing."""


class Session:
    """Asks one model, through a store and within a budget. A sample counts as done when its answer is on disk.

    Equal requests that are open at the same time share one call. limits: sessions that get the same `Budget` share it.
    """

    def __init__(
        self, model: Model, store: Store, limits: Limits | Budget = Limits(), total: int | None = None
    ) -> None:
        self.tally = Tally(model.identity.name, total)
        self._model, self._store = model, store
        self._account = Account(Budget.of(limits), self.tally)
        self._open: dict[str, asyncio.Future[Answer]] = {}

    async def ask(self, request: Request, first: int = 0) -> list[Answer]:
        """The answers from sample `first` on, in order; Failures once the budget is spent.

        Raises SparError for what would fail every request.
        """
        keys = completion_keys(request, self._model.identity)[first:]
        if first and request.seed is not None:
            request = dataclasses.replace(request, seed=request.seed + first)
        answers: list[Answer | None] = [*self._store.get_all(keys)]
        self.tally.cached += sum(answer is not None for answer in answers)
        missing = [i for i, answer in enumerate(answers) if answer is None]
        shared = {i: self._open[keys[i]] for i in missing if keys[i] in self._open}
        to_ask = [i for i in missing if i not in shared]
        if to_ask:
            for i, answer in zip(to_ask, await self._ask_for(request, to_ask, keys), strict=True):
                answers[i] = answer
        for i, future in shared.items():
            answers[i] = answer = await asyncio.shield(future)
            if isinstance(answer, Completion):
                self.tally.cached += 1
            else:
                self.tally.failed[answer.cause] += 1
        return [answer for answer in answers if answer is not None]

    async def _ask_for(self, request: Request, samples: list[int], keys: list[str]) -> list[Answer]:
        """One call for all of these samples; with a seed one call each, because the seed of sample i is seed + i."""
        futures = {keys[i]: asyncio.get_running_loop().create_future() for i in samples}
        self._open.update(futures)
        try:
            if request.seed is None:
                answers = await self._call(dataclasses.replace(request, n=len(samples)), [keys[i] for i in samples])
            else:
                singles = (dataclasses.replace(request, n=1, seed=request.seed + i) for i in samples)
                calls = (self._call(single, [keys[i]]) for single, i in zip(singles, samples, strict=True))
                answers = [answer for [answer] in await asyncio.gather(*calls)]
            for future, answer in zip(futures.values(), answers, strict=True):
                future.set_result(answer)
            return answers
        finally:
            for key, future in futures.items():
                future.cancel()  # without effect on futures that have a result
                del self._open[key]

    async def _call(self, request: Request, keys: list[str]) -> list[Answer]:
        try:
            reserved = await self._account.reserve(request)
        except BudgetSpent as spent:
            self.tally.stopped = str(spent)
            self.tally.not_asked += len(keys)
            return [Failure("budget", str(spent))] * len(keys)
        try:
            answers = [_storable(a) for a in await self._model.ask(request)]
            for answer in answers:
                self.tally.add(answer)
        finally:
            self._account.release(reserved)
        await asyncio.wrap_future(self._store.put_call(self._model.identity.name, zip(keys, answers, strict=True)))
        return answers


def _storable(answer: Answer) -> Answer:
    """Replaces lone surrogates, which JSON can express and no file can hold, by '?'."""
    if isinstance(answer, Failure):
        return answer
    text, thinking = (part.encode("utf-8", "replace").decode() for part in (answer.text, answer.thinking))
    return dataclasses.replace(answer, text=text, thinking=thinking)


async def drive(
    model: Model,
    requests: Iterable[Request],
    store: Store,
    limits: Limits | Budget = Limits(),
    report: Report = silent,
    total: int | None = None,
    cached: int = 0,
) -> Tally:
    """Asks for everything that the store does not hold.

    Memory does not grow with the number of requests: they are taken from the iterable as calls end, and answers go to the
    store. cached: stored samples that were counted before.
    """
    budget = Budget.of(limits)
    session = Session(model, store, budget, total)
    session.tally.cached = cached
    todo = iter(requests)
    width = budget.limits.concurrency or model.in_flight

    async def work() -> None:
        for request in todo:  # all workers share the iterator
            if session.tally.stopped:
                session.tally.not_asked += request.n
            else:
                await session.ask(request)

    def show() -> None:
        session.tally.retries, session.tally.note = getattr(model, "retries", 0), getattr(model, "note", "")
        report(session.tally)

    first = list(itertools.islice(todo, width))  # no more workers than requests
    todo = itertools.chain(first, todo)
    try:
        await run_workers(len(first), work, show)
    finally:
        session.tally.ended = asyncio.get_running_loop().time()
        report(session.tally)
    return session.tally


def read(identity: Identity, requests: Iterable[Request], store: Store, stopped: str = "") -> Iterator[list[Answer]]:
    """What the store holds for each request, in order: n answers, with the last failure where there is none.

    stopped: why the budget did not suffice for what was never asked.
    """
    todo, not_stored = iter(requests), Failure("budget", stopped) if stopped else Failure("not stored")
    while keys := [completion_keys(request, identity) for request in itertools.islice(todo, _AHEAD)]:
        flat = [key for samples in keys for key in samples]
        stored = dict(zip(flat, store.get_all(flat), strict=True))
        for samples in keys:
            yield [stored[key] or store.failure(key) or not_stored for key in samples]


def missing(identity: Identity, requests: Iterable[Request], store: Store) -> Iterator[Request]:
    """The requests that a run would ask, each with n = its samples that are not stored."""
    for request in requests:
        absent = sum(not store.has(key) for key in completion_keys(request, identity))
        if absent:
            yield dataclasses.replace(request, n=absent)
