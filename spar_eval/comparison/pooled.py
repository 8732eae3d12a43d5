"""Pools several runs of one task, such as seeds of a training: means over runs, and how far the runs differ."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.comparison.matching import checks_by_place, common_items, labels, reported_scores, signature_notes
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
    common = common_items(runs)
    notes = signature_notes(runs)
    if common.others:
        n = len(common.others)
        notes.append(f"{n:,} items are not in every run, left out of the shares: {labels(common.others)}")
    return Pooled(
        task=runs[0].task,
        models=tuple(run.model for run in runs),
        items=common.ids,
        spreads=tuple(
            Spread(score.name, statistics.fmean(values), statistics.stdev(values), min(values), max(values), score.unit)
            for score, values in reported_scores(runs)
            if all(map(math.isfinite, values))
        ),
        scores=tuple(_shares([items[key] for items in common.by_run for key in common.keys])),
        notes=tuple(notes),
    )


def _shares(items: Sequence[Item]) -> Iterator[Estimate]:
    """Share of items whose checks all pass and, where items have several, of single checks, for each metric."""
    for metric in dict.fromkeys(m for item in items for check in item.checks for m in check.verdicts):
        by_cluster: defaultdict[str, list[list[bool]]] = defaultdict(list)
        for item in items:
            verdicts = [check.verdicts[metric] is True for check in checks_by_place(item, metric).values()]
            if verdicts:
                by_cluster[item.cluster or item.id].append(verdicts)
        whole = [(sum(map(all, cluster)), len(cluster)) for cluster in by_cluster.values()]
        single = [(sum(map(sum, cluster)), sum(map(len, cluster))) for cluster in by_cluster.values()]
        yield clustered(f"items, {metric}", whole, "item")
        if sum(n for _, n in single) > sum(n for _, n in whole):
            yield clustered(f"checks, {metric}", single, "item")
