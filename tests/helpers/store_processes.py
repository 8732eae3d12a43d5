"""Processes that ask a scripted server through one store. They are forked, so that starting one takes milliseconds."""

from __future__ import annotations

import multiprocessing
from multiprocessing.context import ForkServerProcess
from multiprocessing.queues import SimpleQueue
from pathlib import Path

from spar_data.models import Limits, Message, Request, Store, ask_all

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    ["spar_data.models.backends.openai", "openai", "httpx2", "aiohttp", "httpcore2", "h11", "truststore", "pytest"]
)


def request(number: int) -> Request:
    return Request((Message("user", f"p{number}"),), 0.7, 50)


def start(url: str, file: Path, numbers: range) -> tuple[ForkServerProcess, SimpleQueue[int]]:
    """A process that asks for these requests, and a queue that gets the number of its new answers at its end."""
    queue = _CONTEXT.SimpleQueue()
    process = _CONTEXT.Process(target=_ask, args=(url, file, numbers, queue))
    process.start()
    return process, queue


def _ask(url: str, file: Path, numbers: range, queue: SimpleQueue[int]) -> None:
    with Store(file) as store:
        queue.put(ask_all(f"openai:m@{url}", map(request, numbers), store, Limits(concurrency=64)).done)
