"""Four ways to make the same calls, each a process of its own: `python callers.py KIND URL CALLS IN_FLIGHT`.

Prints seconds and CPU seconds of the calls alone, imports left out.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any


def prompts(calls: int) -> Iterator[str]:
    return (f"prompt {i}: " + "a few words to make it as long as prompts are " * 30 for i in range(calls))


def ours(url: str, calls: int, in_flight: int) -> None:
    from spar_data.models import Limits, Message, Request, Store, ask_all

    requests = (Request((Message("user", p),), 0.7, 100) for p in prompts(calls))
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "s.sqlite") as store:
        tally = ask_all(f"openai:m@{url}", requests, store, Limits(concurrency=in_flight))
        assert tally.done == len(store) == calls


def bare(url: str, calls: int, in_flight: int, **client: Any) -> None:
    """The openai package's async client in a loop of tasks: no store, no retries, answers thrown away."""
    from openai import AsyncOpenAI

    async def run() -> None:
        todo = prompts(calls)
        async with AsyncOpenAI(api_key="none", base_url=url, max_retries=0, **client) as asked:

            async def work() -> None:
                for prompt in todo:
                    await asked.chat.completions.create(
                        model="m", messages=[{"role": "user", "content": prompt}], temperature=0.7, max_tokens=100
                    )

            await asyncio.gather(*(work() for _ in range(in_flight)))

    asyncio.run(run())


def bare_aiohttp(url: str, calls: int, in_flight: int) -> None:
    from openai import DefaultAioHttpClient

    bare(url, calls, in_flight, http_client=DefaultAioHttpClient())


def threads(url: str, calls: int, in_flight: int) -> None:
    """A thread pool over the synchronous client, as the authors' scripts have it (32 threads)."""
    from openai import OpenAI

    client = OpenAI(api_key="none", base_url=url, max_retries=0)

    def one(prompt: str) -> None:
        client.chat.completions.create(
            model="m", messages=[{"role": "user", "content": prompt}], temperature=0.7, max_tokens=100
        )

    with ThreadPoolExecutor(in_flight) as pool:
        for _ in pool.map(one, prompts(calls)):
            pass


if __name__ == "__main__":
    kind, url, calls, in_flight = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    import openai  # noqa: F401

    import spar_data.models.backends.openai  # noqa: F401

    start, cpu = time.perf_counter(), time.process_time()
    globals()[kind](url, calls, in_flight)
    print(json.dumps({"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}))
