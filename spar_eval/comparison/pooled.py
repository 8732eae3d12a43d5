"""Pools several runs of one task, such as seeds of a training: means over runs, and how far the runs differ."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.comparison.matching import checks_by_place, items_by_key, labels, signature_notes
from spar_eval.results import Item, Result
from spar_eval.statistics.shares import clustered


@dataclass(frozen=True)
class Spread:
    """A headline score over runs. sd: standard deviation between runs (n - 1). low, high: lowest and highest run."""

    name: str
    mean: float
    sd: float
    low: float
    high: float
    unit: str


@dataclass(frozen=True)
class Pooled:
    """spreads: of headline scores. scores: shares of items and of checks by metric, over all responses of all runs; their
    intervals are clustered by item, so that more runs of the same items do not count as more items."""

    task: str
    models: tuple[str, ...]
    items: int
    spreads: tuple[Spread, ...]
    scores: tuple[Estimate, ...]
    notes: tuple[str, ...]


def pool(runs: Sequence[Result]) -> Pooled:
    """Raises SparError for fewer than two runs, runs of different tasks or without a common item."""
    if len(runs) < 2:
        raise SparError("one run only: two or more are expected")
    tasks = sorted({run.task for run in runs})
    if len(tasks) > 1:
        raise SparError(f"runs of different tasks, {' and '.join(tasks)}: runs of the same task are expected")
    run_items = [items_by_key(run) for run in runs]
    order = list(dict.fromkeys(key for items in run_items for key in items))
    keys = [key for key in order if all(key in items for items in run_items)]
    if not keys:
        raise SparError("the runs have no item in common: runs on the same data are expected")
    notes = signature_notes(runs)
    if out := [key for key in order if key not in set(keys)]:
        notes.append(f"{len(out):,} items are not in every run, left out of the shares: {labels(out)}")
    common = [items[key] for items in run_items for key in keys]
    return Pooled(
        task=tasks[0],
        models=tuple(run.model for run in runs),
        items=len({name for name, _ in keys}),
        spreads=tuple(_spreads(runs)),
        scores=tuple(_shares(common)),
        notes=tuple(notes),
    )


def _spreads(runs: Sequence[Result]) -> list[Spread]:
    spreads = []
    for score in runs[0].scores:
        values = [other.value for run in runs for other in run.scores if other.name == score.name]
        if len(values) == len(runs) and all(map(math.isfinite, values)):
            mean, sd = statistics.fmean(values), statistics.stdev(values)
            spreads.append(Spread(score.name, mean, sd, min(values), max(values), score.unit))
    return spreads


def _shares(items: Sequence[Item]) -> list[Estimate]:
    """Share of items whose checks all pass and, where items have several, of single checks, for each metric."""
    scores = []
    for metric in dict.fromkeys(m for item in items for check in item.checks for m in check.verdicts):
        by_cluster: defaultdict[str, list[list[bool]]] = defaultdict(list)
        for item in items:
            verdicts = [check.verdicts[metric] is True for check in checks_by_place(item, metric).values()]
            if verdicts:
                by_cluster[item.cluster or item.id].append(verdicts)
        whole = [(sum(map(all, cluster)), len(cluster)) for cluster in by_cluster.values()]
        single = [(sum(map(sum, cluster)), sum(map(len, cluster))) for cluster in by_cluster.values()]
        scores.append(clustered(f"items, {metric}", whole, "item"))
        if sum(n for _, n in single) > sum(n for _, n in whole):
            scores.append(clustered(f"checks, {metric}", single, "item"))
    return scores
