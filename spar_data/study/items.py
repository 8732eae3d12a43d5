"""What both tasks of the interference study are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from spar_data.core.ids import rng

DIFFICULTIES = ("easy", "mixed", "hard")


@dataclass(frozen=True)
class Item:
    """A prompt with a wrong response and two right ones: `refined` is the wrong one mended, `sampled` differs from it in what
    interferes too. params: what the checker needs; flaw: what is wrong with the wrong one."""

    prompt: str
    params: dict[str, Any]
    rejected: str
    refined: str
    sampled: str
    flaw: str


@dataclass(frozen=True)
class Checked:
    """reason: why it failed, "" if it passed. loose: passed with what stands around the answer left out. measures: what is
    worth following while a model is trained; None where it cannot be told."""

    passed: bool
    reason: str
    loose: bool
    measures: dict[str, float | None] = field(default_factory=dict)


Make = Callable[[Random, bool], Item]  # from a random stream, for the test set or not
Key = Callable[[Item], str]  # what makes two prompts the same task


def split(task: str, seed: int, size: int, eval_size: int, make: Make, key: Key) -> tuple[list[Item], list[Item]]:
    """(train, test): no key twice, in either. The test set depends on the seed and its own size only, and a larger training
    set begins with the smaller one."""
    seen: set[str] = set()
    test = _take(_fresh(task, "test", seed, make, key, seen), eval_size)
    train = _take(_fresh(task, "train", seed, make, key, seen), size)
    return train, test


def _fresh(task: str, part: str, seed: int, make: Make, key: Key, seen: set[str]) -> Iterator[Item]:
    number = 0
    while True:
        item = make(rng(seed, "study", task, part, str(number)), part == "test")
        number += 1
        if key(item) not in seen:
            seen.add(key(item))
            yield item


def _take(items: Iterator[Item], number: int) -> list[Item]:
    return [next(items) for _ in range(number)]
