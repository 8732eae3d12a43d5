"""The output of lm-evaluation-harness as a Result: its values and standard errors, and every reply with its verdicts."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from spar_data.core.intervals import Estimate, Z, wilson
from spar_eval.benchmarks.general.samples import Lengths, Sample, items_of, metric_values, notes_on_filters, title
from spar_eval.results import Item, Result, Table

Output: TypeAlias = Mapping[str, Any]
"""What simple_evaluate returns, with samples."""

Verdicts: TypeAlias = Mapping[tuple[str, str], Sequence[bool]]
"""Verdicts of all items by task and 'metric,filter', for the metrics that have only 0 and 1."""


def to_result(
    output: Output,
    names: Sequence[str],
    model: str,
    signature: Sequence[str],
    settings: Mapping[str, object],
    lengths: Lengths | None,
) -> Result:
    """Makes the Result.

    names: tasks and groups in the order in which they were chosen. signature: what decides the scores besides tasks and
    data. lengths: to see which replies were cut off; None where that cannot be known.
    """
    counts: Counter[str] = Counter()
    notes: list[str] = []
    items: list[Item] = []
    verdicts: dict[tuple[str, str], list[bool]] = {}
    for task, samples in output["samples"].items():
        items += items_of(task, samples, lengths, counts)
        for key, values in metric_values(samples).items():
            if all(value in (0, 1) for value in values):
                verdicts[task, key] = [bool(value) for value in values]
        notes += notes_on_filters(task, samples, counts)
    if lengths is None:
        notes.append("lm-eval does not tell which replies of a server were cut off at the limit of tokens")
    notes += _limit_note(output)
    scores, tables = _scores_and_tables(output, names, verdicts)
    tasks = [_task_signature(output, name) for name in names]
    return Result(
        task="general",
        model=model,
        signature="|".join(["general", *tasks, f"data:{_digest(output['samples'])}", f"model:{model}", *signature]),
        scores=tuple(scores),
        items=tuple(items),
        tables=tuple(tables),
        counts={name: count for name, count in counts.items() if count},
        notes=tuple(notes),
        settings=settings,
    )


def _scores_and_tables(output: Output, names: Sequence[str], verdicts: Verdicts) -> tuple[list[Estimate], list[Table]]:
    """The scores of tasks and groups, and a table for each group with the scores of its tasks."""
    scores: list[Estimate] = []
    tables: list[Table] = []
    for name in names:
        scores_of_name = list(_scores(output, name, verdicts))
        below = [score for leaf in _leaves(output, name) for score in _scores(output, leaf, verdicts)]
        scores += scores_of_name or below
        if scores_of_name and below and name in output.get("group_subtasks", {}):
            tables.append(Table(f"{name}, by task", tuple(below)))
    return scores, tables


def _scores(output: Output, name: str, verdicts: Verdicts) -> Iterator[Estimate]:
    """Every metric and filter of a task or group. The interval is Wilson's for verdicts of single items, else normal."""
    row = output["results"].get(name) or output.get("groups", {}).get(name) or {}
    n = sum(output["n-samples"][leaf]["effective"] for leaf in _leaves(output, name))
    for key, number in row.items():
        metric, comma, filter_name = key.partition(",")
        if not comma or metric.endswith("_stderr") or not isinstance(number, int | float):
            continue
        value, label = float(number), f"{name} {title(key)}"
        error = row.get(f"{metric}_stderr,{filter_name}")
        stderr = float(error) if isinstance(error, int | float) else math.nan
        unit = "%" if 0 <= value <= 1 else ""
        of_items = verdicts.get((name, key))
        if of_items and math.isclose(sum(of_items) / len(of_items), value, abs_tol=1e-9):
            share = wilson(label, sum(of_items), len(of_items))
            yield dataclasses.replace(share, value=value, stderr=stderr, method="Wilson; stderr of lm-eval")
        elif math.isnan(stderr):
            yield Estimate.without_interval(label, value, n, "lm-eval gives no stderr", unit)
        else:
            low, high = value - Z * stderr, value + Z * stderr
            if unit == "%":
                low, high = max(0.0, low), min(1.0, high)
            yield Estimate(label, value, n, low, high, stderr, "normal, stderr of lm-eval", unit)


def _limit_note(output: Output) -> Iterator[str]:
    """Which tasks were asked in part."""
    sizes = [(name, n["effective"], n["original"]) for name, n in output["n-samples"].items()]
    cut = [f"{name}: {n:,} of {total:,}" for name, n, total in sizes if n < total]
    if cut:
        others = f" and {len(cut) - 4:,} more" if len(cut) > 4 else ""
        yield f"the first items only: {', '.join(cut[:4])}{others}"


def _leaves(output: Output, name: str) -> list[str]:
    """The single tasks of a task or group that were asked."""
    below = output.get("group_subtasks", {}).get(name)
    if not below:
        return [name] if name in output["n-samples"] else []
    return [leaf for child in below for leaf in _leaves(output, child)]


def _task_signature(output: Output, name: str) -> str:
    leaves = _leaves(output, name)
    versions = [output["versions"].get(task) for task in (name, *leaves)]
    version = next((number for number in versions if number is not None), "none")
    shots = sorted({output["n-shot"].get(leaf, 0) for leaf in leaves})
    row = output["results"].get(name) or output["results"].get(leaves[0], {})
    metrics = [key for key in row if "," in key and "_stderr," not in key]
    version_text = f"{version:g}" if isinstance(version, int | float) else str(version)
    return f"{name}-v{version_text}:{'/'.join(map(str, shots))}-shot:{'+'.join(map(title, metrics))}"


def _digest(samples: Mapping[str, Sequence[Sample]]) -> str:
    """Of all documents that were asked, in order."""
    hashes = [f"{task}:{sample['doc_id']}:{sample['doc_hash']}" for task in sorted(samples) for sample in samples[task]]
    return hashlib.sha256("\n".join(dict.fromkeys(hashes)).encode()).hexdigest()[:12]
