"""The result of an evaluation: scores, and the items they are computed from."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from spar_data.core.intervals import Estimate
from spar_data.models import Tally

if TYPE_CHECKING:
    import polars as pl

Calls = tuple[tuple[str, Tally], ...]
"""What each phase of a run asked its model."""

FORMAT = 1
"""The version of the layout of results.json and responses.jsonl."""


@dataclass(frozen=True)
class Table:
    """Scores under a title, e.g. one for each type of instruction."""

    title: str
    rows: tuple[Estimate, ...]


@dataclass(frozen=True)
class Check:
    """One decision about a response.

    kind: the type that it is counted under. verdicts: by metric ("strict", "loose", "correct", ...); None is undecided,
    e.g. a tie or a judge's reply that did not parse. reason: one sentence that explains the verdict.
    """

    kind: str
    verdicts: dict[str, bool | None]
    reason: str


@dataclass(frozen=True)
class Item:
    """One response with its checks.

    id, sample: the prompt, and the number of the response among its samples. group: the part of the data (subset,
    category, level). problem: why there is no usable response. cluster: shared by items that are not independent
    (levels of one instruction, outputs of one pair). These three are "" if they do not apply. detail: what explains the
    verdicts, e.g. transcripts of judges, gold labels, thinking.
    """

    id: str
    prompt: str
    response: str
    checks: tuple[Check, ...]
    sample: int = 0
    group: str = ""
    problem: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    cluster: str = ""

    def passed(self, metric: str) -> bool | None:
        """Whether all checks with this metric passed. None if none has it, or if one is undecided and none failed."""
        verdicts = [check.verdicts[metric] for check in self.checks if metric in check.verdicts]
        if not verdicts or (None in verdicts and False not in verdicts):
            return None
        return all(verdicts)


@dataclass(frozen=True, repr=False)
class Result:
    """An evaluation: its scores and the items they are computed from.

    scores: the headline. tables: the scores broken down. counts: responses that are missing, cut off or unparsed, by
    name; zeros are left out. notes: what a reader of the scores has to know. signature: everything that decides the
    scores, in one line. settings: the values of the run. calls: what each phase of this run asked its model; not stored.
    """

    task: str
    model: str
    signature: str
    scores: tuple[Estimate, ...]
    items: tuple[Item, ...]
    tables: tuple[Table, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    calls: Calls = field(default=(), compare=False)

    def __repr__(self) -> str:
        lines = [f"Result of {self.task}: {self.model}, {len(self.items):,} items"]
        return "\n".join([*lines, *(f"  {score}" for score in self.scores), f"  {self.signature}"])

    def to_polars(self) -> pl.DataFrame:
        """One row an item: id, sample, group, cluster, prompt, response, problem, reasons (of its checks, in order), and a
        column for each metric: whether all checks passed; null if one is undecided and none failed."""
        import polars as pl

        metrics = list(dict.fromkeys(metric for item in self.items for c in item.checks for metric in c.verdicts))
        texts = ("id", "group", "cluster", "prompt", "response", "problem")
        columns = [
            *(pl.Series(name, [getattr(item, name) for item in self.items], pl.String) for name in texts),
            pl.Series("sample", [item.sample for item in self.items], pl.Int64),
            pl.Series("reasons", [[check.reason for check in item.checks] for item in self.items], pl.List(pl.String)),
            *(pl.Series(metric, [item.passed(metric) for item in self.items], pl.Boolean) for metric in metrics),
        ]
        return pl.DataFrame(columns)

    def summary(self) -> dict[str, object]:
        """Everything that is stored but the items, as plain values."""
        plain = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.compare and f.name != "items"}
        return {"format": FORMAT, **orjson.loads(orjson.dumps(plain))}

    def score(self, name: str) -> Estimate:
        """A headline score by its name; KeyError if there is none."""
        return {score.name: score for score in self.scores}[name]
