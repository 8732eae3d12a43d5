"""HSR, SSR and CSL of verdicts.

For every level: HSR is the share of responses that meet all constraints, SSR the mean share of constraints met. CSL is how
many levels in a row, from 1 on, a group meets wholly. As in the paper a level is the plain mean of its categories, and the
headline the plain mean of its levels; CSL is the mean of its categories.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from spar_data import __version__
from spar_data.core.intervals import Estimate
from spar_eval.benchmarks.followbench.data import CATEGORIES, LEVELS, Data, Group, Row
from spar_eval.results import Check, Item, Result, Table
from spar_eval.statistics.shares import bootstrap

_Array = np.ndarray


@dataclass(frozen=True)
class Verdict:
    """What was decided about one response. satisfied: by constraint, or once for all of them where a rule does not tell
    them apart; None is undecided. by: rule, judge, or nobody (no response: nothing is satisfied). told: the judge's
    replies. whole: the verdict counts as one, 0 or 1, for SSR too."""

    row: Row
    sample: int
    response: str
    satisfied: tuple[bool | None, ...]
    reasons: tuple[str, ...]
    by: str
    whole: bool = False
    problem: str = ""
    thinking: str = ""
    told: tuple[str, ...] = ()

    def hard(self, leave_out: bool = False) -> float:
        """1, 0, or nan if it is left out: undecided constraints are not satisfied, or else decide nothing."""
        if False in self.satisfied or not leave_out:
            return float(all(self.satisfied))
        return math.nan if None in self.satisfied else 1.0

    def soft(self, leave_out: bool = False) -> float:
        """The share of constraints met, of the decided ones if the others are left out."""
        if self.whole:
            return self.hard(leave_out)
        known = [each for each in self.satisfied if each is not None] if leave_out else list(self.satisfied)
        return sum(map(bool, known)) / len(known) if known else math.nan


@dataclass(frozen=True)
class Settings:
    """What a result says about how it came about. model: who responded; decoding: how."""

    model: str
    judge: str
    votes: int
    checker: str
    decoding: str = ""
    prompt_version: int = 0


def result(
    data: Data, verdicts: Sequence[Verdict], settings: Settings, counts: Counter[str] | None = None,
    notes: Sequence[str] = (), official: Sequence[Verdict] | None = None,
) -> Result:  # fmt: skip
    """verdicts: of every scored row of the data and every sample. counts, notes: what went wrong before. official: the
    verdicts by the repository's rules, to stand beside those by the fixed ones."""
    groups = data.groups
    strict = _Numbers(groups, verdicts, leave_out=False)
    scores = [*strict.headline()]
    judged = [v for v in verdicts if v.by != "rule"]
    ruled = len(verdicts) - len(judged)
    if judged and ruled:
        names = {f"{v.row.category}/{v.row.example_id}" for v in judged}
        only = _Numbers([g for g in groups if g.id in names], judged, leave_out=False)
        scores.append(only.soft(f"SSR, the {len(judged):,} judged rows only"))
    undecided = sum(None in v.satisfied for v in verdicts)
    if undecided:
        scores += _Numbers(groups, verdicts, leave_out=True).headline(", undecided left out")
    found = Counter(counts or {})
    found["responses without verdict by the judge"] = undecided
    found["undecided constraints"] = sum(v.satisfied.count(None) for v in verdicts)
    found["groups with missing levels"] = sum(not g.whole for g in groups)
    for verdict in verdicts:
        if verdict.problem:
            found[f"no response: {verdict.problem.partition(':')[0]}"] += 1
    tables = strict.tables()
    if official is not None:
        before = _Numbers(groups, official, leave_out=False).headline(", official rules")
        pairs = zip(before, strict.headline(", fixed rules"), strict=True)
        tables = (
            Table("the repository's rules, and the fixed ones", tuple(s for pair in pairs for s in pair)),
            *tables,
        )
    return Result(
        task="followbench",
        model=settings.model,
        signature=_signature(data, verdicts, settings),
        scores=tuple(scores),
        items=tuple(_item(v) for v in verdicts),
        tables=tables,
        counts={name: count for name, count in found.items() if count},
        notes=(*data.notes, *_notes(settings, ruled, len(judged), undecided, strict), *notes),
        settings={
            "judge": settings.judge, "votes": settings.votes, "checker": settings.checker, "decoding": settings.decoding,
        },
    )  # fmt: skip


class _Numbers:
    """Verdicts as arrays: hard and soft of shape (groups, 5), levels of shape (groups,), nan where there is nothing; mean
    over the samples of a prompt."""

    def __init__(self, groups: Sequence[Group], verdicts: Sequence[Verdict], leave_out: bool) -> None:
        at = {group.id: number for number, group in enumerate(groups)}
        samples = 1 + max((v.sample for v in verdicts), default=0)
        hard = np.full((samples, len(groups), len(LEVELS)), math.nan)
        soft = hard.copy()
        for v in verdicts:
            cell = v.sample, at[f"{v.row.category}/{v.row.example_id}"], v.row.level - 1
            hard[cell], soft[cell] = v.hard(leave_out), v.soft(leave_out)
        self._hard, self._soft = _mean(hard), _mean(soft)
        whole = np.array([group.whole for group in groups])
        self._levels = _mean(_consistent(hard, whole))[:, None]
        self._of = np.array([CATEGORIES.index(group.category) for group in groups])
        self._categories = sorted(set(self._of.tolist()))

    def headline(self, suffix: str = "") -> list[Estimate]:
        return [
            self._score(f"HSR{suffix}", self._hard),
            self.soft(f"SSR{suffix}"),
            self._score(f"CSL{suffix}", self._levels, unit="levels"),
        ]

    def soft(self, name: str) -> Estimate:
        return self._score(name, self._soft)

    def tables(self) -> tuple[Table, ...]:
        """By level, by category, and weighted as the repository's aggregator.py does."""
        found = []
        for name, values in (("HSR", self._hard), ("SSR", self._soft)):
            rows = [self._score(f"level {level}", values[:, [level - 1]]) for level in LEVELS]
            found.append(Table(f"{name} by level, mean of categories", tuple(rows)))
        for name, values in (("HSR", self._hard), ("SSR", self._soft), ("CSL", self._levels)):
            found.append(
                Table(f"{name} by category{', mean of levels' if name != 'CSL' else ''}", self._by(name, values))
            )
        weights = np.array(LEVELS, float)
        rows = [self._score(n, v, weights=weights) for n, v in (("HSR", self._hard), ("SSR", self._soft))]
        return (*found, Table("weighted by level, 1 to 5, as aggregator.py of the repository", tuple(rows)))

    def _by(self, name: str, values: _Array) -> tuple[Estimate, ...]:
        unit = "levels" if name == "CSL" else "%"
        return tuple(self._score(CATEGORIES[c], values[self._of == c], [c], unit) for c in self._categories)

    def _score(
        self, name: str, values: _Array, only: list[int] | None = None, unit: str = "%", weights: _Array | None = None
    ) -> Estimate:
        """values: (groups, columns), one column a level; all groups, or those of one category."""
        of = self._of if only is None else np.repeat(only, len(values))
        present = np.isfinite(values)
        n = int(present.sum())
        if not n:
            return Estimate.without_interval(name, math.nan, 0, "no items", unit)
        kept = present.any(axis=1)
        values, of = values[kept], of[kept]
        statistic = _average(values, of, weights)
        if min(Counter(of.tolist()).values()) < 2:
            value = float(statistic(np.ones((1, len(values))))[0])
            return Estimate.without_interval(name, value, n, "a category of one group: no interval", unit)
        return bootstrap(name, len(values), statistic, n, unit, by="group within category", strata=of)


def _average(values: _Array, of: _Array, weights: _Array | None) -> Callable[[_Array], _Array]:
    """From how often each group is in, shape (draws, groups), to the mean over columns of the mean over categories. A
    category without rows in a column is left out of its mean."""
    present, filled = np.isfinite(values), np.nan_to_num(values)
    columns = np.ones(values.shape[1]) if weights is None else weights

    def statistic(draws: _Array) -> _Array:
        total = np.zeros((len(draws), values.shape[1]))
        held = np.zeros_like(total)
        for category in np.unique(of):
            inside = of == category
            n = draws[:, inside] @ present[inside]
            total += np.divide(draws[:, inside] @ filled[inside], n, out=np.zeros_like(total), where=n > 0)
            held += n > 0
        means = np.divide(total, held, out=np.zeros_like(total), where=held > 0)
        return np.asarray((means @ columns) / ((held > 0) @ columns))

    return statistic


def _mean(values: _Array) -> _Array:
    """Over samples, of those that are there."""
    there = np.isfinite(values)
    n = there.sum(axis=0)
    return np.where(n > 0, np.nansum(values, axis=0) / np.maximum(n, 1), math.nan)


def _consistent(hard: _Array, whole: _Array) -> _Array:
    """(samples, groups): levels in a row from 1 that are met. nan for a group with missing levels and for one whose row
    ends at a response that is left out."""
    met = np.cumprod(np.where(np.isnan(hard), 0, hard), axis=2)
    count = met.sum(axis=2)
    broken = np.take_along_axis(hard, np.minimum(count, len(LEVELS) - 1).astype(int)[..., None], axis=2)[..., 0]
    return np.where(np.isnan(broken) | ~whole, math.nan, count)


def _item(v: Verdict) -> Item:
    name = v.row.category
    checks = tuple(Check(name, {"satisfied": s}, r) for s, r in zip(v.satisfied, v.reasons, strict=True))
    detail = {"level": v.row.level, "source": v.row.source, "scored by": v.by}
    if v.told:
        detail["judge"] = list(v.told)
    if v.thinking:
        detail["thinking"] = v.thinking
    group = f"{name}/{v.row.example_id}"
    return Item(v.row.id, v.row.instruction, v.response, checks, v.sample, name, v.problem, detail, group)


def _signature(data: Data, verdicts: Sequence[Verdict], settings: Settings) -> str:
    categories = [c for c in CATEGORIES if any(g.category == c for g in data.groups)]
    judge = [f"judge:{settings.judge}"]
    if settings.judge != "none":
        judge += [f"votes:{settings.votes}", f"prompt:{settings.prompt_version}", "undecided:no"]
    samples = 1 + max((v.sample for v in verdicts), default=0)
    parts = [
        "followbench",
        f"data:{'all' if len(categories) == len(CATEGORIES) else '+'.join(categories)},{data.digest}",
        f"n:{len(data.rows)}/{len(data.groups)}" + (f"x{samples}" if samples > 1 else ""),
        f"checker:{settings.checker}",
        f"model:{settings.model}",
        f"decoding:{settings.decoding}",
        *judge,
        "mean:category,level",
        f"spar-suite-{__version__}",
    ]
    return "|".join(parts)


def _notes(settings: Settings, ruled: int, judged: int, undecided: int, numbers: _Numbers) -> list[str]:
    notes = [
        "HSR and SSR are plain means over levels of plain means over categories, CSL is one over categories; intervals "
        "draw groups, the rows of one instruction, within their category"
    ]
    if ruled and settings.checker == "official":
        notes.append(
            f"{ruled:,} responses are scored by the repository's rules; as there, one verdict of 0 or 1 on all constraints "
            "counts for SSR as for HSR"
        )
    elif ruled:
        notes.append(
            f"{ruled:,} responses are scored by mended rules; SSR takes constraints one by one where a rule does so"
        )
    if undecided:
        notes.append(
            f"{undecided:,} of {judged:,} responses have constraints without a verdict: replies that do not parse, calls "
            "that failed, ties, neither YES nor NO. They count as not satisfied; the scores that leave them out stand beside"
        )
    return notes
