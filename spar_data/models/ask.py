"""From a spec to a model, and from requests to answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain

from spar_data.core.errors import SparError
from spar_data.models.backends.servers import REFUSALS
from spar_data.models.budget import Limits, Tally
from spar_data.models.model_spec import Spec, parse_spec
from spar_data.models.requests import Answer, Failure, Identity, Model, Request
from spar_data.models.session import Report, drive, read, silent
from spar_data.models.store import Store, completion_keys


def identify(spec: str | Spec) -> Identity:
    """Who would answer. Quick: loads no model, needs no key. Raises SparError for a spec or a path that cannot be."""
    spec = parse_spec(spec) if isinstance(spec, str) else spec
    match spec.kind:
        case "openai":
            from spar_data.models.backends.openai_chat import openai_identity

            return openai_identity(spec)
        case "replay" | "ray":
            return identify(spec.target)
        case "smollm2":
            from spar_data.models.backends.smollm2 import folder

            return identify(Spec("hf", str(folder()), options=spec.options))
        case _:
            from spar_data.models.backends.local import local_identity

            return local_identity(spec)


def open_model(spec: str | Spec, limits: Limits = Limits(), store: Store | None = None) -> Model:
    """The backend of a spec. store: where batch jobs are remembered. Raises SparError; close it when done."""
    spec = parse_spec(spec) if isinstance(spec, str) else spec
    if limits.batch and spec.kind != "openai":
        raise SparError(f"--batch is for openai: models, not for {spec.kind}")
    match spec.kind:
        case "openai" if limits.batch:
            from spar_data.models.backends.openai_batch import open_batch

            if store is None:
                raise SparError("the batch API needs a store: its jobs are remembered there")
            return open_batch(spec, limits, store)
        case "openai":
            from spar_data.models.backends.openai_chat import OpenAIChat

            return OpenAIChat(spec, limits)
        case "vllm":
            from spar_data.models.backends.vllm import open_vllm

            return open_vllm(spec)
        case "hf":
            from spar_data.models.backends.hf import open_hf

            return open_hf(spec)
        case "smollm2":
            from spar_data.models.backends.smollm2 import folder

            return open_model(Spec("hf", str(folder()), options=spec.options))
        case "ray":
            from spar_data.models.backends.on_ray import open_ray

            return open_ray(spec)
        case _:
            return Replay(identify(spec))


class Replay:
    """`replay:SPEC`: the stored answers of that model and no others."""

    in_flight = 64

    def __init__(self, identity: Identity) -> None:
        self.identity = identity

    async def ask(self, request: Request) -> Sequence[Answer]:
        return [Failure("not stored", "a replayed model answers from the store only")] * request.n

    async def close(self) -> None:
        pass


def ask_all(
    spec: str,
    requests: Iterable[Request],
    store: Store,
    limits: Limits = Limits(),
    report: Report = silent,
    total: int | None = None,
) -> Tally:
    """Asks for what the store does not hold, and stores it; `read` gives the answers in order. Memory stays flat.

    total: samples in all, if it is known, for the time left. Raises SparError for what would fail every request;
    answers until then are stored. A run that is interrupted or killed loses calls in flight, nothing else.
    """

    who, todo, cached = identify(spec), iter(requests), 0
    for first in todo:  # what is stored needs no model, and a model may take minutes to load
        if not all(store.has(key) for key in completion_keys(first, who)):
            todo = chain([first], todo)
            break
        cached += first.n
    else:
        return Tally(who.name, total, cached=cached)

    async def run() -> Tally:
        model = open_model(spec, limits, store)
        try:
            return await drive(model, todo, store, limits, report, total, cached)
        finally:
            with suppress(Exception):
                await model.close()

    tally = asyncio.run(run())
    raise_if_refused(spec, tally, store)
    return tally


def raise_if_refused(spec: str, tally: Tally, store: Store) -> None:
    """Raises SparError if every call of a run was refused."""
    if not tally.done and tally.failed and tally.failed.keys() <= {f"status {status}" for status in REFUSALS}:
        why = next((str(f) for f in store.last_failures(1)), "")
        raise SparError(
            f"{spec} refused every call, the last with {why}. Check the key, the model's name and the address"
        )


def complete(
    spec: str, requests: Sequence[Request], store: Store, limits: Limits = Limits(), report: Report = silent
) -> tuple[list[list[Answer]], Tally]:
    """n answers for every request, in input order, and what it took. For sequences that fit into memory."""
    tally = ask_all(spec, requests, store, limits, report, sum(r.n for r in requests))
    answers = list(read(identify(spec), requests, store))
    if tally.stopped:
        not_asked = Failure("budget", tally.stopped)
        answers = [[not_asked if a == Failure("not stored") else a for a in each] for each in answers]
    return answers, tally
