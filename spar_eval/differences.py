"""What two results of one task differ by, score by score, paired by prompt."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from spar_eval.results import Item, Result, Score
from spar_eval.stats import Z

Clusters = dict[str, tuple[int, int]]
"""By prompt: how many outcomes passed, of how many."""


@dataclass(frozen=True)
class Difference:
    """table: the title of the table the score stands in, "" for the headline. score: second minus first."""

    table: str
    score: Score


@dataclass(frozen=True)
class _Rule:
    """How items could make a score: of whole items or of checks, with the undecided failing or left out."""

    metric: str
    whole: bool
    undecided_fails: bool


def differences(a: Result, b: Result) -> list[Difference]:
    """The difference of every score that both have, in the order of the second.

    A score carries no recipe. The usual ones are tried: where one of them gives value and n of both scores exactly, the
    difference gets an interval over the pairs; else it is a plain difference, and its method says so.
    """
    first = {(table, score.name): score for table, score in _scores(a)}
    found = []
    for table, score in _scores(b):
        other = first.get((table, score.name))
        if other and other.unit == score.unit and not (math.isnan(other.value) or math.isnan(score.value)):
            found.append(Difference(table, _difference(a, b, table, other, score)))
    return found


def paired(name: str, a: Clusters, b: Clusters) -> Score:
    """Share of b minus share of a, with a normal interval whose standard error is that of a difference of two ratios
    over the same clusters (Miller 2024, arXiv 2411.00640), with the correction G/(G-1) for G clusters."""
    (passed_a, n_a), (passed_b, n_b) = _total(a), _total(b)
    share_a, share_b = passed_a / n_a, passed_b / n_b
    nothing, value = (0, 0), share_b - share_a
    parts = []
    for each in dict.fromkeys((*a, *b)):
        (pa, na), (pb, nb) = a.get(each, nothing), b.get(each, nothing)
        parts.append((pb - share_b * nb) / n_b - (pa - share_a * na) / n_a)
    plain = Score(name, value, n_b, math.nan, math.nan, math.nan, "no interval")
    if len(parts) < 2:
        return replace(plain, method="one prompt only: no interval")
    if a == b:
        return replace(plain, method="no prompt differs: no interval")
    stderr = math.sqrt(math.fsum(part * part for part in parts) * len(parts) / (len(parts) - 1))
    return Score(name, value, n_b, value - Z * stderr, value + Z * stderr, stderr, "paired by prompt")


def _difference(a: Result, b: Result, table: str, first: Score, second: Score) -> Score:
    part = second.name if table else ""
    for rule in _rules(b, f"{table} {second.name}"):
        sides = [_clusters(result.items, part, rule) for result in (a, b)]
        if all(_makes(side, score) for side, score in zip(sides, (first, second), strict=True)):
            return paired(second.name, *sides)
    value, nan = second.value - first.value, math.nan
    return Score(second.name, value, second.n, nan, nan, nan, "not paired: no interval", second.unit)


def _scores(result: Result) -> Iterator[tuple[str, Score]]:
    yield from (("", score) for score in result.scores)
    yield from ((table.title, score) for table in result.tables for score in table.rows)


def _rules(result: Result, words: str) -> Iterator[_Rule]:
    """Those with a metric that the score is named after, or with every metric if there is none."""
    metrics = list(dict.fromkeys(m for item in result.items for check in item.checks for m in check.verdicts))
    for metric in [m for m in metrics if m in words] or metrics:
        yield from (_Rule(metric, *each) for each in product((True, False), (True, False)))


def _clusters(items: Sequence[Item], part: str, rule: _Rule) -> Clusters:
    """part: a type of checks, a family of types ("family:..."), a group of items, or "" for everything."""
    found: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for item in items:
        verdicts = [
            check.verdicts[rule.metric]
            for check in item.checks
            if rule.metric in check.verdicts
            and (part in ("", item.group, check.kind) or check.kind.startswith(f"{part}:"))
        ]
        if not verdicts and rule.whole and item.problem and part in ("", item.group):
            verdicts = [None]
        if rule.whole and verdicts:
            verdicts = [False if False in verdicts else None if None in verdicts else True]
        if not rule.undecided_fails:
            verdicts = [verdict for verdict in verdicts if verdict is not None]
        passed, n = found[item.id]
        found[item.id] = (passed + sum(verdict is True for verdict in verdicts), n + len(verdicts))
    return {name: each for name, each in found.items() if each[1]}


def _makes(clusters: Clusters, score: Score) -> bool:
    passed, n = _total(clusters)
    return n == score.n > 0 and math.isclose(passed / n, score.value, rel_tol=0, abs_tol=1e-9)


def _total(clusters: Clusters) -> tuple[int, int]:
    return sum(passed for passed, _ in clusters.values()), sum(n for _, n in clusters.values())
