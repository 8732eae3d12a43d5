"""The items of the interference study, which both of its tasks share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from spar_data.core.config import check, setting
from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_data.core.ids import rng

DIFFICULTIES = ("easy", "mixed", "hard")


@dataclass(frozen=True)
class StudyConfig:
    """All settings of `spar-data study interference`. Ranges are texts, "3-20" or "2"."""

    tasks: tuple[str, ...] = setting(
        ("letters", "stories"), "Task to build; may be repeated.", choices=("letters", "stories"), flag="--task",
        shown="both",
    )  # fmt: skip
    size: int = setting(2000, "Pairs in each arm of a task.", at_least=1)
    eval_size: int = setting(200, "Test prompts of a task.", at_least=1)
    seed: int = setting(42, "Seed of every draw.")
    difficulty: str = setting(
        "mixed", "hard: one letter too many or few, one word of a sentence changed.", choices=DIFFICULTIES
    )
    kinds: str = setting("2", "letters: number of different letters in a sequence.", metavar="LEAST-MOST")
    counts: str = setting("3-20", "letters: number of each letter.", metavar="LEAST-MOST")
    alphabet: str = setting("abcdefghijklmnopqrstuvwxyz", "letters: the letters to use.", shown="a to z")
    capitals: float = setting(
        1.0, "letters: share of sampled pairs whose chosen side is in capitals.", at_least=0, at_most=1
    )
    sentences: str = setting("4-8", "stories: sentences between the first and the last.", metavar="LEAST-MOST")

    def __post_init__(self) -> None:
        check(self)

    def span(self, name: str) -> tuple[int, int]:
        """The range of a field, e.g. (3, 20). Raises SparError."""
        value: str = getattr(self, name)
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", value)
        if not match:
            raise SparError(f"{name} = {value!r}: LEAST-MOST is expected, as in 3-20")
        least, most = int(match[1]), int(match[2] or match[1])
        if not 1 <= least <= most:
            raise SparError(f"{name} = {value}: two numbers from 1 on are expected, the smaller one first")
        return least, most


@dataclass(frozen=True)
class StudyItem:
    """A prompt with a wrong response and two right ones.

    params     what the checker needs.
    rejected   the wrong response; flaw: what is wrong with it.
    refined    the wrong response with nothing changed but the flaw.
    sampled    a right response that also differs in what interferes.
    """

    prompt: str
    params: dict[str, JsonValue]
    rejected: str
    refined: str
    sampled: str
    flaw: str


@dataclass(frozen=True)
class CheckedResponse:
    """Whether a response is right.

    reason     why it is wrong, "" if it is right.
    loose      whether it is right with the text around the answer left out.
    measures   quantities that are worth following while a model is trained; None where undefined.
    """

    passed: bool
    reason: str
    loose: bool
    measures: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class StudyTask:
    """A task of the study.

    settings   of the task as they stand in study.json. Raises SparError for impossible ones.
    make       (random stream, config, whether for the test set) to an item.
    key        what makes two prompts the same task.
    check      (response, **params of the item) to a verdict.
    """

    name: str
    settings: Callable[[StudyConfig], dict[str, JsonValue]]
    make: Callable[[Random, StudyConfig, bool], StudyItem]
    key: Callable[[StudyItem], str]
    check: Callable[..., CheckedResponse]


@dataclass(frozen=True)
class TaskFacts:
    """Numbers of a task: its test prompts, the flaws of its rejected sides, and the statistics of each arm."""

    test_prompts: int
    flaws: dict[str, int]
    arms: dict[str, dict[str, float | None]]

    def to_dict(self) -> dict[str, JsonValue]:
        return {
            "test prompts": self.test_prompts,
            "flaws": {**self.flaws},
            "arms": {arm: {**numbers} for arm, numbers in self.arms.items()},
        }


def split(task: StudyTask, config: StudyConfig) -> tuple[list[StudyItem], list[StudyItem]]:
    """(training items, test items), in which no key occurs twice.

    The test set depends on the seed and its own size only. A larger training set begins with the smaller one.
    """
    keys: set[str] = set()

    def different(part: str) -> Iterator[StudyItem]:
        number = 0
        while True:
            item = task.make(rng(config.seed, "study", task.name, part, str(number)), config, part == "test")
            number += 1
            if task.key(item) not in keys:
                keys.add(task.key(item))
                yield item

    test_items, train_items = different("test"), different("train")
    test = [next(test_items) for _ in range(config.eval_size)]
    return [next(train_items) for _ in range(config.size)], test
