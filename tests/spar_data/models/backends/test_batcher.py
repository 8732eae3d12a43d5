"""Open requests are collected into chunks and answered in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence

import pytest

from spar_data.core.errors import SparError
from spar_data.models import Answer, Completion, Identity, Request
from spar_data.models.backends.batcher import Batcher, Run

Ask = Callable[..., Request]
Stream = Iterator[tuple[int, Sequence[Answer]]]


def _ask_all(run: Run, requests: Sequence[Request], chunk: int) -> list[Sequence[Answer] | BaseException]:
    async def ask() -> list[Sequence[Answer] | BaseException]:
        batcher = Batcher(Identity("m", "{}"), run, chunk)
        try:
            return await asyncio.gather(*(batcher.ask(request) for request in requests), return_exceptions=True)
        finally:
            await batcher.close()

    return asyncio.run(ask())


def test_chunks_in_any_order(ask: Ask) -> None:
    sizes: list[int] = []

    def run(requests: Sequence[Request]) -> Stream:
        sizes.append(len(requests))
        for i in reversed(range(len(requests))):
            yield i, [Completion(requests[i].prompt)]

    answers = _ask_all(run, [ask(f"p{i}") for i in range(7)], chunk=3)
    assert answers == [[Completion(f"p{i}")] for i in range(7)] and sizes == [3, 3, 1]


def test_an_exception_reaches_the_calls_without_an_answer(ask: Ask) -> None:
    def run(requests: Sequence[Request]) -> Stream:
        yield 0, [Completion("first")]
        raise SparError("the engine ended")

    first, *others = _ask_all(run, [ask(f"p{i}") for i in range(3)], chunk=3)
    assert first == [Completion("first")] and [str(error) for error in others] == ["the engine ended"] * 2


def test_an_answer_that_is_left_out_is_an_error(ask: Ask) -> None:
    [answer] = _ask_all(lambda requests: iter(()), [ask("p")], chunk=3)
    with pytest.raises(RuntimeError, match="1 requests were left without an answer"):
        raise answer  # type: ignore[misc]
