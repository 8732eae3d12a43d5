"""The items of the interference study, which both of its tasks share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from spar_data.core.files import JsonValue
from spar_data.core.ids import rng
from spar_data.study.config import StudyConfig


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
    """The result of checking a response.

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
    check      (response, **params of the item) to a verdict.
    """

    name: str
    settings: Callable[[StudyConfig], dict[str, JsonValue]]
    make: Callable[[Random, StudyConfig, bool], StudyItem]
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
    """(training items, test items), in which no parameters occur twice.

    The test set depends on the seed and its own size only. A larger training set begins with the smaller one.
    """
    params: set[str] = set()

    def different(part: str) -> Iterator[StudyItem]:
        number = 0
        while True:
            item = task.make(rng(config.seed, "study", task.name, part, str(number)), config, part == "test")
            number += 1
            if (text := json.dumps(item.params, sort_keys=True)) not in params:
                params.add(text)
                yield item

    test_items, train_items = different("test"), different("train")
    test = [next(test_items) for _ in range(config.eval_size)]
    return [next(train_items) for _ in range(config.size)], test
