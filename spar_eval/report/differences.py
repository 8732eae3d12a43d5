"""Differences between two results of one task, score by score, paired by prompt. For display; `spar-eval compare` tests."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from spar_data.core.intervals import Estimate, Z
from spar_eval.results import Item, Result
from spar_eval.statistics.paired import newcombe

Clusters = dict[str, tuple[int, int]]
"""By prompt: outcomes that passed, and all outcomes."""
Parts = dict[str, float]
"""By prompt: its contribution to the error of the difference."""


@dataclass(frozen=True)
class ScoreDifference:
    """table: title of the score's table, "" for the headline. score: second minus first."""

    table: str
    score: Estimate


def differences(a: Result, b: Result) -> list[ScoreDifference]:
    """The differences of all scores that both have, in the order of the second.

    A stored score does not say how it was computed, so the usual rules are tried. If one gives value and n of both scores
    exactly, or the score is the mean of headline scores for which one did, the difference has an interval over the pairs;
    otherwise it has none, and its method says so.
    """
    first = {(table, score.name): score for table, score in _scores(a)}
    result = []
    headline: list[tuple[Estimate, Estimate, Parts]] = []
    for table, score in _scores(b):
        other = first.get((table, score.name))
        if not other or other.unit != score.unit or math.isnan(other.value) or math.isnan(score.value):
            continue
        sides = _sides(a, b, table, other, score)
        parts = error_parts(*sides) if sides else _mean(headline, other, score)
        if parts and not table:
            headline.append((other, score, parts))
        interval = (_single(*sides) if sides else None) or _normal(score.value - other.value, parts)
        difference = replace(interval, name=score.name, value=score.value - other.value, n=score.n, unit=score.unit)
        result.append(ScoreDifference(table, difference))
    return result


def error_parts(a: Clusters, b: Clusters) -> Parts:
    """Linearised contribution of each prompt to share(b) - share(a): the difference of two ratios over the same clusters
    (Miller 2024, arXiv 2411.00640)."""
    (passed_a, n_a), (passed_b, n_b) = _total(a), _total(b)
    parts = {}
    for prompt in dict.fromkeys((*a, *b)):
        (pa, na), (pb, nb) = a.get(prompt, (0, 0)), b.get(prompt, (0, 0))
        parts[prompt] = (pb - passed_b / n_b * nb) / n_b - (pa - passed_a / n_a * na) / n_a
    return parts


def _single(a: Clusters, b: Clusters) -> Estimate | None:
    """Newcombe's interval where each prompt has one outcome in both, else None."""
    if a.keys() != b.keys() or any(n != 1 for _, n in (*a.values(), *b.values())):
        return None
    tally = Counter((a[prompt][0], b[prompt][0]) for prompt in a)
    paired = newcombe(tally[1, 1], tally[0, 1], tally[1, 0], tally[0, 0])
    return replace(paired, method="paired by prompt, Newcombe")


def _normal(value: float, parts: Parts) -> Estimate:
    """Normal interval of a sum over G clusters, with the correction G/(G-1)."""
    clusters = len(parts)
    if clusters < 2 or not any(parts.values()):
        reason = "no prompt differs" if clusters > 1 else "one prompt only" if clusters else "not paired"
        return Estimate.without_interval("", value, clusters, f"{reason}: no interval")
    stderr = math.sqrt(math.fsum(part * part for part in parts.values()) * clusters / (clusters - 1))
    return Estimate("", value, clusters, value - Z * stderr, value + Z * stderr, stderr, "paired by prompt, normal")


def _sides(a: Result, b: Result, table: str, first: Estimate, second: Estimate) -> tuple[Clusters, Clusters] | None:
    """The clusters of both scores by the first way to count that reproduces them; None if none does.

    The metrics are tried whose names occur in the score's, the longest first; all of them if none occurs.
    """
    all_metrics = list(dict.fromkeys(m for item in b.items for check in item.checks for m in check.verdicts))
    words = f"{table} {second.name}"
    metrics = sorted((m for m in all_metrics if m in words), key=len, reverse=True) or all_metrics
    parts = (second.name, "") if table else ("",)
    for part, metric, whole, undecided_fails in product(parts, metrics, (True, False), (True, False)):
        sides = [_clusters(result.items, part, metric, whole, undecided_fails) for result in (a, b)]
        if _gives(sides[0], first) and _gives(sides[1], second):
            return sides[0], sides[1]
    return None


def _mean(headline: Sequence[tuple[Estimate, Estimate, Parts]], first: Estimate, second: Estimate) -> Parts:
    """The contributions to a mean of all headline scores so far; empty if the score is no such mean."""
    size = len(headline)
    if size < 2 or not (
        _equal(math.fsum(score.value for score, _, _ in headline) / size, first.value)
        and _equal(math.fsum(score.value for _, score, _ in headline) / size, second.value)
    ):
        return {}
    prompts = dict.fromkeys(prompt for _, _, parts in headline for prompt in parts)
    return {prompt: math.fsum(parts.get(prompt, 0.0) for _, _, parts in headline) / size for prompt in prompts}


def _scores(result: Result) -> Iterator[tuple[str, Estimate]]:
    yield from (("", score) for score in result.scores)
    yield from ((table.title, score) for table in result.tables for score in table.rows)


def _clusters(items: Sequence[Item], part: str, metric: str, whole: bool, undecided_fails: bool) -> Clusters:
    """part: a type of checks, a family of types ("family:..."), a group of items, or "" for everything. whole: counts items
    instead of checks. undecided_fails: counts undecided ones as failed instead of not at all."""
    clusters: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for item in items:
        verdicts = [
            check.verdicts[metric]
            for check in item.checks
            if metric in check.verdicts and (part in ("", item.group, check.kind) or check.kind.startswith(f"{part}:"))
        ]
        if not verdicts and whole and item.problem and part in ("", item.group):
            verdicts = [None]
        if whole and verdicts:
            verdicts = [False if False in verdicts else None if None in verdicts else True]
        if not undecided_fails:
            verdicts = [verdict for verdict in verdicts if verdict is not None]
        passed, n = clusters[item.id]
        clusters[item.id] = (passed + sum(verdict is True for verdict in verdicts), n + len(verdicts))
    return {prompt: counts for prompt, counts in clusters.items() if counts[1]}


def _gives(clusters: Clusters, score: Estimate) -> bool:
    passed, n = _total(clusters)
    return n == score.n > 0 and _equal(passed / n, score.value)


def _equal(a: float, b: float) -> bool:
    return math.isclose(a, b, rel_tol=0, abs_tol=1e-9)


def _total(clusters: Clusters) -> tuple[int, int]:
    return sum(passed for passed, _ in clusters.values()), sum(n for _, n in clusters.values())
