"""Exact scores of responses to the test prompts of a study."""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_data.core.intervals import Estimate, wilson_interval
from spar_data.sources.json_rows import JsonRow, json_lines
from spar_data.study.interference import TASKS


class Measure(NamedTuple):
    """Mean of a measure over the responses where it is defined, and their number."""

    mean: float | None
    n: int


@dataclass(frozen=True)
class StudyScore:
    """The score of one task.

    prompts       test prompts; missing: those without a response, which do not count.
    responses     to test prompts of the task; others: to other prompts.
    accuracy      share of responses that pass. Its interval is Wilson's for the number of prompts with a response, since
                  responses to the same prompt are not independent.
    loose         the same by the loose rule of the checker.
    reasons       numbers of failing responses by reason.
    """

    prompts: int
    missing: int
    responses: int
    others: int
    accuracy: Estimate
    loose: float
    reasons: dict[str, int]
    measures: dict[str, Measure]

    @property
    def with_missing_as_wrong(self) -> float:
        return self.accuracy.value * (self.prompts - self.missing) / self.prompts

    def to_dict(self) -> dict[str, JsonValue]:
        return {
            "prompts": self.prompts,
            "missing": self.missing,
            "responses": self.responses,
            "accuracy": self.accuracy.value,
            "interval": [self.accuracy.low, self.accuracy.high],
            "with missing as wrong": self.with_missing_as_wrong,
            "loose": self.loose,
            "reasons": {**self.reasons},
            "measures": {name: {"mean": measure.mean, "n": measure.n} for name, measure in self.measures.items()},
            "responses to other prompts": self.others,
        }


def read_tests(folder: Path) -> list[JsonRow]:
    """The test prompts of a study folder. Raises SparError for another folder."""
    tests = []
    for task in TASKS:
        file = folder / task / "test.jsonl"
        for where, row in json_lines(file) if file.is_file() else ():
            if row.get("task") not in TASKS or not isinstance(row.get("params"), dict):
                raise SparError(f"{where}: a row of `spar-data study interference` is expected, with task and params")
            tests.append(row)
    if not tests:
        files = " or ".join(f"{task}/test.jsonl" for task in TASKS)
        raise SparError(f"{folder}: it holds no {files}: the folder of a study is expected")
    return tests


def score_study(tests: Sequence[JsonRow], responses: Iterable[JsonRow]) -> dict[str, StudyScore]:
    """The score of each task that has a response.

    tests: rows of test.jsonl; responses: rows with prompt and response, matched by prompt, several a prompt allowed. Raises
    SparError if no response belongs to a test prompt.
    """
    prompts = {row["prompt"] for row in tests}
    texts: dict[str, list[str]] = defaultdict(list)
    others = 0
    for row in responses:
        if row["prompt"] in prompts:
            texts[row["prompt"]].append(row["response"])
        else:
            others += 1
    if not texts:
        raise SparError(
            f"none of the {others:,} responses is to a prompt of this study: respond to its TASK/test.jsonl"
        )
    by_task = {task: [row for row in tests if row["task"] == task] for task in TASKS}
    return {
        task: _score(task, rows, texts, others)
        for task, rows in by_task.items()
        if any(row["prompt"] in texts for row in rows)
    }


def _score(task: str, tests: Sequence[JsonRow], texts: Mapping[str, list[str]], others: int) -> StudyScore:
    answered = [row for row in tests if row["prompt"] in texts]
    checked = [[TASKS[task].check(text, **row["params"]) for text in texts[row["prompt"]]] for row in answered]
    n = len(answered)
    accuracy = statistics.fmean(statistics.fmean(c.passed for c in group) for group in checked)
    error = math.sqrt(accuracy * (1 - accuracy) / n)
    flat = [c for group in checked for c in group]
    measures = {}
    for name in flat[0].measures:
        values = [value for c in flat if (value := c.measures[name]) is not None]
        measures[name] = Measure(statistics.fmean(values) if values else None, len(values))
    return StudyScore(
        prompts=len(tests),
        missing=len(tests) - n,
        responses=len(flat),
        others=others,
        accuracy=Estimate("accuracy", accuracy, n, *wilson_interval(accuracy, n), error, "Wilson"),
        loose=statistics.fmean(statistics.fmean(c.loose for c in group) for group in checked),
        reasons=dict(Counter(c.reason for c in flat if c.reason).most_common()),
        measures=measures,
    )
