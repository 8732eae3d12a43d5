"""Several runs of one task, such as seeds of a training, as one: means over runs, and how far the runs are apart."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.comparison.matching import by_key, checks_of, differing, label
from spar_eval.results import Result
from spar_eval.statistics.shares import clustered


@dataclass(frozen=True)
class Spread:
    """A headline score over runs. sd: the standard deviation between runs (n - 1)."""

    name: str
    mean: float
    sd: float
    low: float
    high: float
    unit: str


@dataclass(frozen=True)
class Pooled:
    """spreads: of headline scores. scores: of items and of checks by metric, over all responses of all runs; their
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
    maps = [by_key(run) for run in runs]
    keys = [key for key in maps[0] if all(key in each for each in maps)]
    if not keys:
        raise SparError("the runs have no item in common: runs on the same data are expected")
    notes = differing(runs)
    out = [key for key in dict.fromkeys(key for each in maps for key in each) if any(key not in each for each in maps)]
    if out:
        more = ", ..." if len(out) > 5 else ""
        notes.append(
            f"{len(out):,} items are not in every run, left out of the shares: {', '.join(map(label, out[:5]))}{more}"
        )
    spreads = []
    for score in runs[0].scores:
        values = [each.value for run in runs for each in run.scores if each.name == score.name]
        if len(values) == len(runs) and all(map(math.isfinite, values)):
            mean, sd = statistics.fmean(values), statistics.stdev(values)
            spreads.append(Spread(score.name, mean, sd, min(values), max(values), score.unit))
    scores: list[Estimate] = []
    for metric in dict.fromkeys(m for each in maps for key in keys for c in each[key].checks for m in c.verdicts):
        items: defaultdict[str, list[bool]] = defaultdict(list)
        checks: defaultdict[str, list[bool]] = defaultdict(list)
        for each in maps:
            for key in keys:
                verdicts = [check.verdicts[metric] is True for check in checks_of(each[key], metric).values()]
                cluster = each[key].cluster or key[0]
                checks[cluster] += verdicts
                if verdicts:
                    items[cluster].append(all(verdicts))
        kept = [(name, found) for name, found in items.items() if checks[name]]
        scores.append(clustered(f"items, {metric}", [(sum(found), len(found)) for _, found in kept], "item"))
        if sum(map(len, checks.values())) > sum(len(found) for _, found in kept):
            scores.append(clustered(f"checks, {metric}", [(sum(c), len(c)) for c in checks.values()], "item"))
    models = tuple(run.model for run in runs)
    return Pooled(tasks[0], models, len({id for id, _ in keys}), tuple(spreads), tuple(scores), tuple(notes))
