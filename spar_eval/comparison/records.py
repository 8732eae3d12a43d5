"""A comparison of two runs: differences by metric, changed checks, and how it prints."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from spar_data.core.intervals import Estimate

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, kw_only=True)
class Difference(Estimate):
    """B - A of a share, with the interval of a bootstrap.

    n: outcomes that the shares are of; items: independent items behind them. a, b: the shares, NaN without outcomes.
    closed: B - A with an interval by formula. p: two-sided; adjusted: for the number of types, None where nothing was
    adjusted. improved, regressed: outcomes that passed more often in B, or less often. detectable: the true difference
    that a comparison of this size would detect four times in five (`paired.detectable`).
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
class CheckChange:
    """A check that passes more often, or less often, in B. a, b: shares of responses that pass; before, reason: of A's and
    B's first response that shows the difference."""

    kind: str
    id: str
    a: float
    b: float
    reason: str
    before: str


@dataclass(frozen=True)
class MetricComparison:
    """Differences under one metric.

    items: an item passes if all its checks do. checks: single ones, None if no item has several. types: by kind of check,
    smallest p first. undecided: number of items with a verdict None in A, and in B. decided: the items without those.
    """

    name: str
    items: Difference
    checks: Difference | None
    types: tuple[Difference, ...]
    regressions: tuple[CheckChange, ...]
    improvements: tuple[CheckChange, ...]
    undecided: tuple[int, int]
    decided: Difference | None


@dataclass(frozen=True)
class ReportedScore:
    """A headline score as the runs of a side report it, averaged over them."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class ComparedRuns:
    """One side of a comparison. runs: their number."""

    model: str
    signature: str
    runs: int
    scores: tuple[ReportedScore, ...]


@dataclass(frozen=True, repr=False)
class Comparison:
    """Two runs, or two sets of runs, on the same items; differences are B - A.

    items, responses: number of ids compared, and of responses of a run to them. only_a, only_b, partly: items left out
    because the other side, or some run of a side, lacks them. tests: number of headline p-values, which are not adjusted;
    those of the types are, by Holm within each metric.
    """

    task: str
    a: ComparedRuns
    b: ComparedRuns
    items: int
    responses: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    partly: tuple[str, ...]
    metrics: tuple[MetricComparison, ...]
    tests: int
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        lines = [f"Comparison of {self.task}: {self.a.model} with {self.b.model}, {self.items:,} items in common"]
        for metric in self.metrics:
            for difference in filter(None, (metric.items, metric.checks)):
                shares = f"{difference.number(difference.a)}% -> {difference.number(difference.b)}%"
                change = difference.sentence(signed=True)
                lines.append(f"  {metric.name}, {difference.name}: {shares}, {change}, p = {difference.p:.2g}")
        return "\n".join(lines)

    def to_polars(self) -> pl.DataFrame:
        """One row for each metric and level (items, decided items, checks, type), with the fields of `Difference`."""
        import polars as pl

        names = [field.name for field in dataclasses.fields(Difference) if field.name != "closed"]
        rows = [
            {"metric": metric.name, "level": level, **{name: getattr(difference, name) for name in names}}
            for metric in self.metrics
            for level, differences in (
                ("items", [metric.items]),
                ("decided items", [metric.decided]),
                ("checks", [metric.checks]),
                ("type", metric.types),
            )
            for difference in differences
            if difference
        ]
        return pl.DataFrame(rows, infer_schema_length=None)

    def to_dict(self) -> dict[str, object]:
        """Plain values; NaN becomes None."""
        plain = orjson.loads(orjson.dumps(self))
        for metric in plain["metrics"]:
            for difference in filter(None, (metric["items"], metric["checks"], metric["decided"], *metric["types"])):
                closed = difference.pop("closed")
                difference.update({f"closed_{name}": closed[name] for name in ("low", "high", "method")})
        return {**plain}
