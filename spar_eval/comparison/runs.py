"""Two runs on the same items, item by item: what got better, what got worse, and whether that is more than noise.

A side is one run, or several of them with other seeds. Items are matched by id and sample; what is not in every run is
named and left out. Of every item the share of its responses that passed is compared, so that seeds and samples of an
item never count as independent items. Differences are B - A throughout.
"""

from __future__ import annotations

import dataclasses
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import orjson

from spar_data.core.errors import SparError, nearest
from spar_data.core.intervals import Estimate
from spar_eval.comparison.matching import Row, by_key, differing, label, other_prompts, rows_of, told
from spar_eval.results import Result
from spar_eval.statistics import paired

DRAWS = 10_000


@dataclass(frozen=True, kw_only=True)
class Difference(Estimate):
    """B - A of a share, with the interval of a bootstrap.

    n: outcomes that the shares are of; items: independent items they come from. a, b: the shares, NaN without outcomes.
    closed: B - A with an interval by formula. p: two-sided; adjusted: for the number of types, None where nothing was
    adjusted. improved, regressed: outcomes that passed more often in B, or less often. detectable: the true difference
    that a comparison of this size would find four times in five (`paired.detectable`).
    """

    items: int
    a: float
    b: float
    closed: Estimate
    p: float
    test: str
    improved: int
    regressed: int
    detectable: float
    adjusted: float | None = None


@dataclass(frozen=True)
class Change:
    """A check whose share of passed responses is another one in B. reason, before: what B's and A's check said, of the
    first response that makes the difference."""

    kind: str
    id: str
    a: float
    b: float
    reason: str
    before: str


@dataclass(frozen=True)
class Metric:
    """items: an item passes if all its checks do. checks: single ones, None if no item has more than one. types: by
    kind, largest p last. undecided: items with a verdict None in A, and in B. decided: items again, without those."""

    name: str
    items: Difference
    checks: Difference | None
    types: tuple[Difference, ...]
    regressions: tuple[Change, ...]
    improvements: tuple[Change, ...]
    undecided: tuple[int, int]
    decided: Difference | None


@dataclass(frozen=True)
class Reported:
    """A headline score as the runs of a side report it, averaged over them; a share where unit is %."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Side:
    model: str
    signature: str
    runs: int
    scores: tuple[Reported, ...]


@dataclass(frozen=True)
class Comparison:
    """items, responses: ids that were compared, and responses a run has for them. only_a, only_b, partly: what was left
    out because the other side, or some run of a side, lacks it. tests: p-values of the headline, which are not
    adjusted; the types of each metric are, by Holm."""

    task: str
    a: Side
    b: Side
    items: int
    responses: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    partly: tuple[str, ...]
    metrics: tuple[Metric, ...]
    tests: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values; what is not a number becomes None."""
        plain: dict[str, Any] = orjson.loads(orjson.dumps(self))
        for metric in plain["metrics"]:
            for difference in filter(None, (metric["items"], metric["checks"], metric["decided"], *metric["types"])):
                closed = difference.pop("closed")
                difference.update({f"closed_{name}": closed[name] for name in ("low", "high", "method")})
        return plain


def compare(
    a: Sequence[Result], b: Sequence[Result], metric: str | None = None, draws: int = DRAWS, seed: int = 0
) -> Comparison:
    """Compares the runs of A with those of B on every metric, or one.

    Raises SparError for runs of different tasks, an item that stands twice in a run, runs without a common item, and
    an unknown metric.
    """
    tasks = sorted({run.task for run in (*a, *b)})
    if len(tasks) > 1:
        raise SparError(f"runs of different tasks, {' and '.join(tasks)}: runs of the same task are expected")
    maps_a, maps_b = [by_key(run) for run in a], [by_key(run) for run in b]
    maps = maps_a + maps_b
    order = list(dict.fromkeys(key for each in maps for key in each))
    keys = [key for key in order if all(key in each for each in maps)]
    if not keys:
        raise SparError(
            f"{_name(a)} and {_name(b)} have no item in common: runs on the same data are expected "
            f"(ids such as {told(order[:1])} and {told(list(maps_b[0])[:1])})"
        )
    out = [key for key in order if not all(key in each for each in maps)]
    only_a = [key for key in out if not any(key in each for each in maps_b)]
    only_b = [key for key in out if not any(key in each for each in maps_a)]
    single = len(maps) == 2 and len({id for id, _ in keys}) == len(keys)
    names = list(dict.fromkeys(m for each in maps for key in keys for c in each[key].checks for m in c.verdicts))
    if metric is not None and metric not in names:
        raise SparError(f"metric {metric!r} is not in these runs.{nearest(metric, names)}")
    notes = [*differing([*a, *b]), *other_prompts(maps, keys)]
    if len(a) != len(b):
        notes.append("A and B have different numbers of runs: the permutation of signs is an approximation then")
    metrics, unmatched = [], 0
    for name in [metric] if metric else names:
        rows, alone = rows_of(maps_a, maps_b, keys, name)
        metrics.append(_metric(name, rows, single, draws, seed))
        unmatched = max(unmatched, alone)
    if unmatched:
        notes.append(
            f"{unmatched:,} checks are not in every run that has their item; at check level and by type they count as "
            f"not passed where they lack"
        )
    return Comparison(
        task=tasks[0],
        a=_side(a),
        b=_side(b),
        items=len({id for id, _ in keys}),
        responses=len(keys),
        only_a=tuple(map(label, only_a)),
        only_b=tuple(map(label, only_b)),
        partly=tuple(label(key) for key in out if key not in {*only_a, *only_b}),
        metrics=tuple(metrics),
        tests=sum(1 + (each.checks is not None) for each in metrics),
        notes=tuple(notes),
    )


def _metric(name: str, rows: Sequence[Row], single: bool, draws: int, seed: int) -> Metric:
    def difference(title: str, outcomes: Iterable[Sequence[tuple[Fraction, Fraction]]]) -> Difference:
        return _difference(title, list(outcomes), single, draws, seed)

    kinds = list(dict.fromkeys(o.kind for row in rows for o in row.outcomes))
    types = []
    for kind in sorted(kinds):
        types.append(difference(kind, _clusters((r, [(o.a, o.b) for o in r.outcomes if o.kind == kind]) for r in rows)))
    adjusted = paired.holm([each.p for each in types])
    types = [dataclasses.replace(each, adjusted=p) for each, p in zip(types, adjusted, strict=True)]
    changes = [
        (o.b - o.a, Change(o.kind, row.id, float(o.a), float(o.b), o.reason, o.before))
        for row in rows
        for o in row.outcomes
        if o.a != o.b
    ]
    changes.sort(key=lambda each: each[1].kind)  # stable: items stay in their order
    undecided = [row for row in rows if any(row.undecided)]
    decided = _clusters((row, [(row.a, row.b)]) for row in rows if not any(row.undecided))
    several = any(len(row.outcomes) > 1 for row in rows)
    return Metric(
        name=name,
        items=difference("items", _clusters((row, [(row.a, row.b)]) for row in rows)),
        checks=difference("checks", _clusters((r, [(o.a, o.b) for o in r.outcomes]) for r in rows))
        if several
        else None,
        types=tuple(sorted(types, key=lambda each: (each.p, each.name))),
        regressions=tuple(change for by, change in changes if by < 0),
        improvements=tuple(change for by, change in changes if by > 0),
        undecided=(sum(row.undecided[0] for row in rows), sum(row.undecided[1] for row in rows)),
        decided=difference("decided items", decided) if undecided and decided else None,
    )


def _clusters(
    outcomes: Iterable[tuple[Row, list[tuple[Fraction, Fraction]]]],
) -> list[list[tuple[Fraction, Fraction]]]:
    """The outcomes of items that belong together as those of one item, without the empty ones."""
    found: defaultdict[str, list[tuple[Fraction, Fraction]]] = defaultdict(list)
    for row, each in outcomes:
        found[row.cluster] += each
    return [each for each in found.values() if each]


def _difference(
    name: str, by_item: Sequence[Sequence[tuple[Fraction, Fraction]]], single: bool, draws: int, seed: int
) -> Difference:
    """by_item: for each item its outcomes, as shares passed in A and B."""
    pairs = [(sum((b - a for a, b in each), Fraction(0)), len(each)) for each in by_item]
    outcomes = [each for item in by_item for each in item]
    n = len(outcomes)
    improved, regressed = sum(b > a for a, b in outcomes), sum(b < a for a, b in outcomes)
    tested = paired.sign_flip([d for d, _ in pairs], draws, seed)
    drawn = paired.bootstrap(pairs, draws, seed)
    if single and n == len(pairs):
        tally = Counter(outcomes)
        both, neither = tally[Fraction(1), Fraction(1)], tally[Fraction(0), Fraction(0)]
        closed = paired.newcombe(both, improved, regressed, neither)
        tested = tested._replace(test="exact McNemar")
    else:
        closed = paired.wald(pairs)
    return Difference(
        **{**vars(drawn), "name": name},
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


def _name(side: Sequence[Result]) -> str:
    return ", ".join(dict.fromkeys(run.model for run in side))


def _side(runs: Sequence[Result]) -> Side:
    scores = []
    for score in runs[0].scores:
        values = [each.value for run in runs for each in run.scores if each.name == score.name]
        if len(values) == len(runs):
            scores.append(Reported(score.name, sum(values) / len(values), score.unit))
    return Side(_name(runs), runs[0].signature, len(runs), tuple(scores))
