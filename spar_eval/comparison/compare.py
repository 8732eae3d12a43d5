"""Compares two runs item by item: what got better, what got worse, and whether that exceeds noise.

A side is one run, or several runs with different seeds. Items are matched by id and sample; items that are not in
every run are reported and left out. The share of an item's responses that pass is compared, so that seeds and samples of an
item never count as independent items. Differences are B - A throughout.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

from spar_data.core.errors import SparError, nearest
from spar_eval.comparison.matching import (
    MatchedItem,
    common_items,
    label,
    match,
    reported_scores,
    signature_notes,
    wording_notes,
)
from spar_eval.comparison.records import (
    CheckChange,
    ComparedRuns,
    Comparison,
    Difference,
    MetricComparison,
    ReportedScore,
)
from spar_eval.results import Result
from spar_eval.run_folder import load_result
from spar_eval.statistics import paired

DRAWS = 10_000

Run = Result | Path | str
"""A result, or the folder of a finished run."""
Shares = tuple[Fraction, Fraction]
"""Shares of responses that pass, in A and in B."""


def compare(
    a: Run | Sequence[Run], b: Run | Sequence[Run], metric: str | None = None, draws: int = DRAWS, seed: int = 0
) -> Comparison:
    """Compares run B with run A on the same items, on every metric or on one.

    a, b: a result, the folder of a finished run, or several of either, such as seeds of one training. draws, seed: of
    the bootstrap. Raises SparError for runs of different tasks, an item that is twice in a run, runs without a common
    item, and an unknown metric.

    >>> from spar_eval import Check, Item, Result, compare
    >>> def run(model, passed):
    ...     checks = [(Check("length", {"strict": verdict}, "150 words"),) for verdict in passed]
    ...     items = tuple(Item(str(n), "Write ...", "Once ...", check) for n, check in enumerate(checks))
    ...     return Result("ifeval", model, "ifeval|n:4", (), items)
    >>> comparison = compare(run("base", [True, False, False, False]), run("tuned", [True, True, True, False]))
    >>> print(comparison)
    Comparison of ifeval: base with tuned, 4 items in common
      strict, items: 25.00% -> 75.00%, +50.00 points [+0.00, +100.00], n = 4 (paired bootstrap by item, 10,000 draws, seed 0), p = 0.5
    >>> [change.id for change in comparison.metrics[0].improvements]
    ['1', '2']
    """
    runs_a, runs_b = _load(a), _load(b)
    runs = [*runs_a, *runs_b]
    common = common_items(runs)
    keys, items_a, items_b = common.keys, common.by_run[: len(runs_a)], common.by_run[len(runs_a) :]
    names = list(dict.fromkeys(m for run in common.by_run for key in keys for c in run[key].checks for m in c.verdicts))
    if metric is not None and metric not in names:
        raise SparError(f"metric {metric!r} is not in these runs.{nearest(metric, names)}")
    notes = [*signature_notes(runs), *wording_notes(common.by_run, keys)]
    if len(runs_a) != len(runs_b):
        notes.append("A and B have different numbers of runs: the permutation of signs is an approximation then")
    single = len(runs) == 2 and common.ids == len(keys)
    metrics, unmatched = [], 0
    for name in [metric] if metric else names:
        matched, missing = match(items_a, items_b, keys, name)
        metrics.append(_compare_metric(name, matched, single, draws, seed))
        unmatched = max(unmatched, missing)
    if unmatched:
        notes.append(
            f"{unmatched:,} checks are not in every run that has their item; at check level and by type they count as "
            f"not passed where they are missing"
        )
    in_a, in_b = ({key for run in side for key in run} for side in (items_a, items_b))
    return Comparison(
        task=runs[0].task,
        a=_describe(runs_a),
        b=_describe(runs_b),
        items=common.ids,
        responses=len(keys),
        only_a=tuple(label(key) for key in common.others if key not in in_b),
        only_b=tuple(label(key) for key in common.others if key not in in_a),
        partly=tuple(label(key) for key in common.others if key in in_a and key in in_b),
        metrics=tuple(metrics),
        tests=sum(1 + (compared.checks is not None) for compared in metrics),
        notes=tuple(notes),
    )


def _load(side: Run | Sequence[Run]) -> list[Result]:
    runs = [side] if isinstance(side, Result | Path | str) else list(side)
    if not runs:
        raise SparError("a side without runs: a result or the folder of a finished run is expected")
    return [run if isinstance(run, Result) else load_result(run) for run in runs]


def _compare_metric(name: str, items: Sequence[MatchedItem], single: bool, draws: int, seed: int) -> MetricComparison:
    """single: each item has one response in one run of each side."""
    difference = partial(_difference, single=single, draws=draws, seed=seed)
    kinds = sorted({check.kind for item in items for check in item.checks})
    types = [
        difference(kind, ((item, [(c.a, c.b) for c in item.checks if c.kind == kind]) for item in items))
        for kind in kinds
    ]
    adjusted = paired.holm([compared.p for compared in types])
    types = [dataclasses.replace(compared, adjusted=p) for compared, p in zip(types, adjusted, strict=True)]
    changes = [
        CheckChange(check.kind, item.id, float(check.a), float(check.b), check.reason_b, check.reason_a)
        for item in items
        for check in item.checks
        if check.a != check.b
    ]
    changes.sort(key=lambda change: change.kind)  # stable: items stay in their order
    decided = [item for item in items if not any(item.undecided)]
    several = any(len(item.checks) > 1 for item in items)
    return MetricComparison(
        name=name,
        items=difference("items", ((item, [(item.a, item.b)]) for item in items)),
        checks=difference("checks", ((i, [(c.a, c.b) for c in i.checks]) for i in items)) if several else None,
        types=tuple(sorted(types, key=lambda compared: (compared.p, compared.name))),
        regressions=tuple(change for change in changes if change.b < change.a),
        improvements=tuple(change for change in changes if change.b > change.a),
        undecided=(sum(item.undecided[0] for item in items), sum(item.undecided[1] for item in items)),
        decided=difference("decided items", ((item, [(item.a, item.b)]) for item in decided))
        if 0 < len(decided) < len(items)
        else None,
    )


def _difference(
    name: str, shares_by_item: Iterable[tuple[MatchedItem, list[Shares]]], single: bool, draws: int, seed: int
) -> Difference:
    by_cluster: defaultdict[str, list[Shares]] = defaultdict(list)
    for item, shares in shares_by_item:
        by_cluster[item.cluster] += shares
    clusters = [cluster for cluster in by_cluster.values() if cluster]
    pairs = [(sum((b - a for a, b in cluster), Fraction(0)), len(cluster)) for cluster in clusters]
    outcomes = [shares for cluster in clusters for shares in cluster]
    n = len(outcomes)
    improved, regressed = sum(b > a for a, b in outcomes), sum(b < a for a, b in outcomes)
    tested = paired.sign_flip([change for change, _ in pairs], draws, seed)
    if single and n == len(pairs):
        tally = Counter(outcomes)
        closed = paired.newcombe(tally[Fraction(1), Fraction(1)], improved, regressed, tally[Fraction(0), Fraction(0)])
        tested = tested._replace(test="exact McNemar")
    else:
        closed = paired.wald(pairs)
    return Difference(
        **{**vars(paired.bootstrap(pairs, draws, seed)), "name": name},
        items=len(pairs),
        a=float(sum(a for a, _ in outcomes) / n) if n else math.nan,
        b=float(sum(b for _, b in outcomes) / n) if n else math.nan,
        closed=closed,
        p=tested.p,
        test=tested.test,
        improved=improved,
        regressed=regressed,
        detectable=paired.detectable(pairs),
    )


def _describe(runs: Sequence[Result]) -> ComparedRuns:
    models = ", ".join(dict.fromkeys(run.model for run in runs))
    scores = [ReportedScore(s.name, sum(values) / len(values), s.unit) for s, values in reported_scores(runs)]
    return ComparedRuns(models, runs[0].signature, len(runs), tuple(scores))
