"""The interference study: what is learned from pairs that differ in the key factor alone, and from pairs that differ in more.

After the two synthetic tasks of SPaR (arXiv 2412.11605, figure 4). Of these the captions are public: sequences of characters,
where the share of capitals is the interfering factor, and stories with a given start and end. Prompts, sizes and settings are
not; what is built here is of our own design.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.core.files import sha256, write_json, write_jsonl, write_parquet, write_text
from spar_data.core.ids import row_id
from spar_data.core.records import frame
from spar_data.models import Message
from spar_data.selfplay.records import Pair
from spar_data.selfplay.refine.similarity import similarity, word_similarity
from spar_data.study import letters, readme, stories
from spar_data.study.items import Checked, Item, split

ARMS = ("refined", "sampled")
TASKS = (letters.NAME, stories.NAME)
CHECKS: dict[str, Callable[[str, dict[str, Any]], Checked]] = {
    letters.NAME: letters.check, stories.NAME: stories.check
}  # fmt: skip


@dataclass(frozen=True)
class StudyConfig:
    """size: pairs in each arm of each task; eval_size: prompts of the test set of each task."""

    tasks: tuple[str, ...] = TASKS
    size: int = 2000
    eval_size: int = 200
    seed: int = 42
    letters: letters.LettersConfig = field(default_factory=letters.LettersConfig)
    stories: stories.StoriesConfig = field(default_factory=stories.StoriesConfig)

    def __post_init__(self) -> None:
        least, most = self.letters.kinds
        wanted, there = (self.size + self.eval_size) // (most - least + 1), self.letters.tasks(least)
        if letters.NAME in self.tasks and 2 * wanted > there:  # nearly all of them, and drawing takes for ever
            raise SparError(
                f"about {wanted:,} sequences of {least} different letters are wanted, and there are {there:,}: at most half of "
                "these can be drawn. More kinds, counts or letters, or a smaller size or eval-size, are expected"
            )


def build(config: StudyConfig, out: Path) -> dict[str, Any]:
    """Writes TASK/ARM.parquet and .jsonl, TASK/test.jsonl, README.md and, last, study.json, which it returns."""
    told: dict[str, Any] = {"settings": dataclasses.asdict(config), "tasks": {}}
    written = []
    for task in config.tasks:
        train, test = _items(task, config)
        arms = {arm: [_pair(task, arm, item) for item in train] for arm in ARMS}
        for arm, pairs in arms.items():
            write_parquet(out / task / f"{arm}.parquet", frame(pairs, Pair))
            write_jsonl(out / task / f"{arm}.jsonl", map(_trl, pairs))
            written += [out / task / f"{arm}.parquet", out / task / f"{arm}.jsonl"]
        write_jsonl(out / task / "test.jsonl", [_test_row(task, item) for item in test])
        written.append(out / task / "test.jsonl")
        told["tasks"][task] = {
            "test prompts": len(test),
            "flaws": dict(sorted(Counter(item.flaw for item in train).items())),
            "arms": {arm: _statistics(task, train, pairs) for arm, pairs in arms.items()},
        }
    told["files"] = {str(file.relative_to(out)): sha256(file) for file in written}
    write_text(out / "README.md", readme.text(told))
    write_json(out / "study.json", told)
    return told


def _items(task: str, config: StudyConfig) -> tuple[list[Item], list[Item]]:
    """Raises RuntimeError if a right side fails the checker or a wrong one passes: a mistake in the code."""
    if task == letters.NAME:
        train, test = split(
            task, config.seed, config.size, config.eval_size,
            lambda random, test: letters.make(random, config.letters), letters.key,
        )  # fmt: skip
    else:
        chosen = dataclasses.replace(config.stories, seed=config.seed)
        train, test = split(
            task, config.seed, config.size, config.eval_size, partial(_story, config=chosen), stories.key
        )
    check = CHECKS[task]
    for item in (*train, *test):
        sides = [check(text, item.params).passed for text in (item.refined, item.sampled, item.rejected)]
        if sides != [True, True, False]:
            raise RuntimeError(f"study {task}: refined, sampled, rejected are {sides} for {item}")
    return train, test


def _story(random: Any, test: bool, config: stories.StoriesConfig) -> Item:
    return stories.make(random, config, test)


def _pair(task: str, arm: str, item: Item) -> Pair:
    recipe, chosen = f"interference-{arm}", getattr(item, arm)
    identifier = row_id(recipe, item.prompt, chosen, item.rejected)
    source = [f"study:{task}", item.flaw]
    return Pair(
        identifier, recipe, row_id(item.prompt), [Message("user", item.prompt)], chosen, item.rejected, 1.0, 0.0, source
    )


def _trl(pair: Pair) -> dict[str, Any]:
    """The conversational preference format of TRL."""
    return {
        "prompt": [dataclasses.asdict(message) for message in pair.prompt],
        "chosen": [{"role": "assistant", "content": pair.chosen}],
        "rejected": [{"role": "assistant", "content": pair.rejected}],
    }


def _test_row(task: str, item: Item) -> dict[str, Any]:
    return {"id": row_id(item.prompt), "prompt": item.prompt, "task": task, "params": item.params}


def _statistics(task: str, items: Sequence[Item], pairs: Sequence[Pair]) -> dict[str, Any]:
    """How alike the sides are, and how much of what interferes is in each."""
    if not pairs:
        return {"pairs": 0}
    sides: Iterable[tuple[str, str]] = [(p.chosen, p.rejected) for p in pairs]
    check = CHECKS[task]
    measured: dict[str, Any] = {}
    for side in ("chosen", "rejected"):
        checked = [check(getattr(p, side), item.params) for p, item in zip(pairs, items, strict=True)]
        for name in checked[0].measures:
            measured[f"{name}, {side}"] = _mean(c.measures[name] for c in checked)
    return {
        "pairs": len(pairs),
        "similarity": _mean(similarity(*each) for each in sides),
        "word similarity": _mean(word_similarity(*each) for each in sides),
        "similarity without case": _mean(similarity(a.lower(), b.lower()) for a, b in sides),
        "difference in characters": _mean(abs(len(a) - len(b)) for a, b in sides),
        **measured,
    }


def _mean(values: Iterator[Any] | Iterable[Any]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.fmean(known), 4) if known else None
