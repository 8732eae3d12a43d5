"""The corpora of the benchmarks: real prompts, repeated with token noise."""

from __future__ import annotations

import gzip
import os
import random
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest


def open_prompts() -> list[str]:
    """The real prompts of the test data, about 40,000."""
    folder = os.environ.get("SPAR_TEST_DATA")
    if not folder:
        pytest.skip("SPAR_TEST_DATA is not set: no real prompts to measure on")
    with gzip.open(Path(folder) / "prompts" / "open_prompts.jsonl.gz") as file:
        return [orjson.loads(line)["prompt"] for line in file]


def noisy(prompts: list[str], rows: int, seed: int = 0, most: float = 0.6) -> Iterator[str]:
    """The prompts themselves, then copies in which a share of the words, drawn per copy from 0 to `most`, is replaced by
    words of other prompts, until there are `rows`."""
    rng = random.Random(seed)
    words = [prompt.split() for prompt in prompts]
    pool = [word for prompt in words[:3000] for word in prompt]
    size = len(pool)
    for i in range(rows):
        if i < len(prompts):
            yield prompts[i]
        else:
            rate = rng.random() * most
            yield " ".join(
                [w if rng.random() > rate else pool[int(rng.random() * size)] for w in words[i % len(words)]]
            )
