"""Responses to the test prompts of a study, scored exactly."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.core.intervals import wilson_interval
from spar_data.sources.json_rows import Row, json_lines
from spar_data.study.interference import CHECKS, TASKS


def tests(folder: Path) -> list[Row]:
    """The test prompts of a study folder. Raises SparError for a folder that is none."""
    found = []
    for task in TASKS:
        file = folder / task / "test.jsonl"
        if file.is_file():
            for where, row in json_lines(file):
                if row.get("task") not in CHECKS or not isinstance(row.get("params"), dict):
                    raise SparError(
                        f"{where}: a row of `spar-data study interference` is expected, with task and params"
                    )
                found.append(row)
    if not found:
        raise SparError(
            f"{folder}: no {' or '.join(f'{t}/test.jsonl' for t in TASKS)} in it: the folder of a study is expected"
        )
    return found


def score(wanted: Sequence[Row], responses: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """By task: shares that pass, with Wilson's 95% interval, reasons of failing, and the means of the measures.

    wanted: rows of test.jsonl; responses: rows with prompt and response, matched by prompt, several a prompt allowed (the
    interval is then that of the number of prompts, since they are not independent). Prompts without a response are left out
    of the shares and counted; `with missing as wrong` is the other rule. Tasks without any response are left out. Raises
    SparError if no response belongs to a prompt.
    """
    by_prompt = {row["prompt"]: row for row in wanted}
    given: dict[str, list[str]] = defaultdict(list)
    unknown = 0
    for row in responses:
        if row["prompt"] in by_prompt:
            given[row["prompt"]].append(row["response"])
        else:
            unknown += 1
    if not given:
        raise SparError(
            f"none of the {unknown:,} responses is to a prompt of this study: respond to its TASK/test.jsonl"
        )
    found = {}
    for task in TASKS:
        prompts = [row for row in wanted if row["task"] == task]
        answered = [row for row in prompts if row["prompt"] in given]
        if answered:
            found[task] = {**_score(task, answered, given, len(prompts)), "responses to other prompts": unknown}
    return found


def _score(task: str, answered: Sequence[Row], given: dict[str, list[str]], prompts: int) -> dict[str, Any]:
    checked = [[CHECKS[task](text, row["params"]) for text in given[row["prompt"]]] for row in answered]
    accuracy = statistics.fmean(statistics.fmean(c.passed for c in each) for each in checked)
    flat = [c for each in checked for c in each]
    measures = {}
    for name in flat[0].measures:
        known = [value for c in flat if (value := c.measures[name]) is not None]
        measures[name] = {"mean": statistics.fmean(known) if known else None, "n": len(known)}
    return {
        "prompts": prompts,
        "missing": prompts - len(answered),
        "responses": len(flat),
        "accuracy": accuracy,
        "interval": wilson_interval(accuracy, len(answered)),
        "with missing as wrong": accuracy * len(answered) / prompts,
        "loose": statistics.fmean(statistics.fmean(c.loose for c in each) for each in checked),
        "reasons": dict(Counter(c.reason for c in flat if c.reason).most_common()),
        "measures": measures,
    }
