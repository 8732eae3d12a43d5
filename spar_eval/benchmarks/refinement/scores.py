"""Computes scores and tables from judged refinements.

A refinement is accurate if the majority of a judge's votes says Yes. One that failed, did not parse or changed nothing is not
accurate for any judge, nor is one on which a judge comes to no verdict. `rules` counts only items whose constraints are all
checkable.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from spar_data.core.intervals import Estimate, wilson
from spar_eval.results import Item, Table
from spar_eval.statistics import agreement
from spar_eval.statistics.shares import bootstrap, share

NONE = "no refinement"
DECIDED = ("Yes", "No")
UNDECIDED = ("tie", "unparsed", "failed")


def verdict_of(item: Item, judge: str) -> str:
    """Yes, No, tie, unparsed, failed, unknown (rules) or "no refinement"."""
    return item.detail["judges"][judge]["verdict"]


def accuracies(items: Sequence[Item], judges: Sequence[str]) -> Iterator[Estimate]:
    """The accuracy by each judge."""
    for judge in judges:
        counted = [item for item in items if verdict_of(item, judge) != "unknown"]
        if counted:
            yield _accuracy(judge, counted)


def tables(items: Sequence[Item], judges: Sequence[str]) -> Iterator[Table]:
    rows = []
    for judge in judges:
        decided = [item for item in items if verdict_of(item, judge) in DECIDED]
        if decided and any(verdict_of(item, judge) in (NONE, *UNDECIDED) for item in items):
            rows.append(_accuracy(judge, decided))
    if rows:
        yield Table("failed refinements and undecided left out", tuple(rows))
    yield Table("refinements", tuple(_refinements(items)))
    for one, other in combinations(judges, 2):
        both = [item for item in items if "unknown" not in (verdict_of(item, one), verdict_of(item, other))]
        if both:
            yield Table(f"{one} beside {other}", tuple(_beside(both, one, other)))


def problem_counts(items: Sequence[Item], judges: Sequence[str]) -> dict[str, int]:
    """Missing refinements and missing verdicts, by cause."""
    counts = Counter(f"refinement {item.problem.partition(':')[0]}" for item in items if item.problem)
    for judge in judges:
        verdicts = (verdict_of(item, judge) for item in items)
        counts.update(f"{judge}: {verdict}" for verdict in verdicts if verdict in (*UNDECIDED, "unknown"))
    return dict(sorted(counts.items()))


def _beside(items: Sequence[Item], one: str, other: str) -> Iterator[Estimate]:
    """The gap over all items that both count, and agreement over the refinements that both decide."""
    gaps = np.array([(verdict_of(i, one) == "Yes") - (verdict_of(i, other) == "Yes") for i in items], dtype=float)
    yield _mean("gap in accuracy", gaps)
    decided = [i for i in items if verdict_of(i, one) in DECIDED and verdict_of(i, other) in DECIDED]
    if not decided:
        return
    yield wilson("agreement", sum(verdict_of(i, one) == verdict_of(i, other) for i in decided), len(decided))
    decisions = [[(verdict_of(i, one) == "Yes", verdict_of(i, other) == "Yes")] for i in decided]
    if kappa := agreement.score("kappa", agreement.count_decisions(decisions), agreement.kappa, by="item"):
        yield kappa
    for a in DECIDED:
        for b in DECIDED:
            n = sum(verdict_of(i, one) == a and verdict_of(i, other) == b for i in decided)
            yield wilson(f"{one} {a}, {other} {b}", n, len(decided))


def _refinements(items: Sequence[Item]) -> Iterator[Estimate]:
    yield wilson("refined", sum(not item.problem for item in items), len(items))
    yield wilson("unchanged", sum(item.problem.startswith("unchanged") for item in items), len(items))
    changed = [item for item in items if not item.problem]
    if changed:
        for unit in ("characters", "words"):
            yield _mean(f"similarity, {unit}", np.array([item.detail["similarity"][unit] for item in changed]))


def _accuracy(judge: str, items: Sequence[Item]) -> Estimate:
    """Share of Yes, clustered by prompt."""
    clusters: defaultdict[str, list[bool]] = defaultdict(list)
    for item in items:
        clusters[item.prompt].append(verdict_of(item, judge) == "Yes")
    return share(f"accuracy by {judge}", clusters.values())


def _mean(name: str, values: np.ndarray) -> Estimate:
    n = len(values)
    return bootstrap(name, n, lambda weights: weights @ values / weights.sum(axis=1), n, by="item")
