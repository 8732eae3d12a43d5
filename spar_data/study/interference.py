"""The interference study: what a model learns from pairs that differ in the key factor alone, and from pairs that differ in more.

It follows the two synthetic tasks of SPaR (arXiv 2412.11605, figure 4). Only the captions are public: sequences of characters,
where the share of capitals is the interfering factor, and stories with a given start and end. Prompts, sizes and settings are
our own design.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spar_data.core.files import JsonValue, sha256, write_json, write_jsonl, write_parquet, write_text
from spar_data.core.ids import row_id
from spar_data.core.tables import frame
from spar_data.core.templates import render
from spar_data.models import Message
from spar_data.selfplay.pairs.statistics import mean
from spar_data.selfplay.pairs.trainer_formats import trl_pair
from spar_data.selfplay.records import Pair
from spar_data.selfplay.refine.similarity import similarity, word_similarity
from spar_data.study.config import StudyConfig
from spar_data.study.items import StudyItem, StudyTask, TaskFacts, split
from spar_data.study.letters import LETTERS
from spar_data.study.stories import STORIES

README = "cards/study.md.jinja"
ARMS = ("refined", "sampled")
TASKS = {task.name: task for task in (LETTERS, STORIES)}


@dataclass(frozen=True)
class Study:
    """A study that was written: its settings, the facts of each task, and the SHA-256 of each file."""

    settings: dict[str, JsonValue]
    tasks: dict[str, TaskFacts]
    files: dict[str, str]

    def to_dict(self) -> dict[str, JsonValue]:
        """The content of study.json."""
        tasks: dict[str, JsonValue] = {task: facts.to_dict() for task, facts in self.tasks.items()}
        return {"settings": self.settings, "tasks": tasks, "files": {**self.files}}


def build_study(config: StudyConfig, out: Path) -> Study:
    """Writes TASK/ARM.parquet and .jsonl, TASK/test.jsonl, README.md and, last, study.json."""
    settings: dict[str, JsonValue] = {
        "tasks": [name for name in TASKS if name in config.tasks], "size": config.size, "eval_size": config.eval_size,
        "seed": config.seed, **{name: task.settings(config) for name, task in TASKS.items()},
    }  # fmt: skip
    facts, files = {}, []
    for name, task in TASKS.items():
        if name not in config.tasks:
            continue
        train, test = _checked_items(task, config)
        arms = {arm: [_pair(name, arm, item) for item in train] for arm in ARMS}
        for arm, pairs in arms.items():
            write_parquet(out / name / f"{arm}.parquet", frame(pairs, Pair))
            write_jsonl(out / name / f"{arm}.jsonl", map(trl_pair, pairs))
            files += [out / name / f"{arm}.parquet", out / name / f"{arm}.jsonl"]
        rows = [{"id": row_id(i.prompt), "prompt": i.prompt, "task": name, "params": i.params} for i in test]
        write_jsonl(out / name / "test.jsonl", rows)
        files.append(out / name / "test.jsonl")
        flaws = Counter(item.flaw for item in train)
        statistics_of = {arm: _statistics(task, train, pairs) for arm, pairs in arms.items()}
        facts[name] = TaskFacts(len(test), dict(sorted(flaws.items())), statistics_of)
    study = Study(settings, facts, {str(file.relative_to(out)): sha256(file) for file in files})
    write_text(out / "README.md", render(README, config=config, tasks=study.tasks))
    write_json(out / "study.json", study.to_dict())
    return study


def _checked_items(task: StudyTask, config: StudyConfig) -> tuple[list[StudyItem], list[StudyItem]]:
    """(training items, test items). Raises RuntimeError if a checker disagrees with an item: a mistake in the code."""
    train, test = split(task, config)
    for item in (*train, *test):
        verdicts = [task.check(text, **item.params).passed for text in (item.refined, item.sampled, item.rejected)]
        if verdicts != [True, True, False]:
            raise RuntimeError(f"study {task.name}: refined, sampled, rejected are {verdicts} for {item}")
    return train, test


def _pair(task: str, arm: str, item: StudyItem) -> Pair:
    recipe, chosen = f"interference-{arm}", item.refined if arm == "refined" else item.sampled
    prompt, source = [Message("user", item.prompt)], [f"study:{task}", item.flaw]
    return Pair.of(recipe, row_id(item.prompt), prompt, chosen, item.rejected, 1.0, 0.0, source)


def _statistics(task: StudyTask, items: Sequence[StudyItem], pairs: Sequence[Pair]) -> dict[str, float | None]:
    """How similar the sides are, and the checker's measures of each."""
    sides = [(pair.chosen, pair.rejected) for pair in pairs]
    means = {
        "similarity": mean(similarity(a, b) for a, b in sides),
        "word similarity": mean(word_similarity(a, b) for a, b in sides),
        "similarity without case": mean(similarity(a.lower(), b.lower()) for a, b in sides),
        "difference in characters": mean(abs(len(a) - len(b)) for a, b in sides),
    }
    for at, side in enumerate(("chosen", "rejected")):
        checked = [task.check(texts[at], **item.params) for texts, item in zip(sides, items, strict=True)]
        for name in checked[0].measures:
            means[f"{name}, {side}"] = mean(c.measures[name] for c in checked)
    rounded = {name: None if value is None else round(value, 4) for name, value in means.items()}
    return {"pairs": len(pairs), **rounded}
