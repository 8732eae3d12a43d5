"""Computes HSR, SSR and CSL from verdicts.

For every level, HSR is the share of responses that meet all constraints, and SSR the mean share of constraints met. CSL is
the number of consecutive levels, from 1 on, that a group meets completely. As in the paper, the score of a level is the
unweighted mean over categories, the headline the unweighted mean over levels; CSL is the mean over categories.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from spar_data.core.intervals import Estimate
from spar_eval.benchmarks.followbench.config import CATEGORIES
from spar_eval.benchmarks.followbench.data import LEVELS, LeveledPrompt, PromptGroup
from spar_eval.responses import ResponseSample
from spar_eval.results import Table
from spar_eval.statistics.shares import bootstrap

_Array = np.ndarray


@dataclass(frozen=True)
class ResponseVerdict:
    """The verdict on one response.

    satisfied: by constraint, or a single value for all of them where a rule does not tell them apart; None is undecided.
    by: rule or judge. whole: the verdict counts as one, 0 or 1, for SSR too. judgements: the judge's replies.
    """

    prompt: LeveledPrompt
    sample: int
    response: ResponseSample
    satisfied: tuple[bool | None, ...]
    reasons: tuple[str, ...]
    by: str
    whole: bool = False
    judgements: tuple[str, ...] = ()

    def hard(self, leave_out: bool = False) -> float:
        """1 if all constraints are satisfied, else 0. An undecided constraint is not satisfied; with leave_out, a response
        that only undecided ones could fail is NaN."""
        if False in self.satisfied or not leave_out:
            return float(all(self.satisfied))
        return math.nan if None in self.satisfied else 1.0

    def soft(self, leave_out: bool = False) -> float:
        """Share of constraints that are satisfied; with leave_out, of the decided ones."""
        if self.whole:
            return self.hard(leave_out)
        counted = [met for met in self.satisfied if met is not None] if leave_out else list(self.satisfied)
        return sum(map(bool, counted)) / len(counted) if counted else math.nan


class FollowBenchScores:
    """Scores of groups of prompts. Samples of a prompt are averaged.

    leave_out: leaves undecided constraints out instead of counting them as not satisfied.
    """

    def __init__(
        self, groups: Sequence[PromptGroup], verdicts: Sequence[ResponseVerdict], leave_out: bool = False
    ) -> None:
        row = {group.id: number for number, group in enumerate(groups)}
        samples = 1 + max((verdict.sample for verdict in verdicts), default=0)
        hard = np.full((samples, len(groups), len(LEVELS)), math.nan)
        soft = hard.copy()
        for verdict in verdicts:
            cell = verdict.sample, row[verdict.prompt.group_id], verdict.prompt.level - 1
            hard[cell], soft[cell] = verdict.hard(leave_out), verdict.soft(leave_out)
        self._hard, self._soft = _mean(hard), _mean(soft)  # shape (groups, 5), NaN without a response
        complete = np.array([group.complete for group in groups])
        self._levels = _mean(_consistent_levels(hard, complete))[:, None]  # shape (groups, 1)
        self._category = np.array([CATEGORIES.index(group.category) for group in groups])

    def headline(self, suffix: str = "") -> list[Estimate]:
        csl = self._score(f"CSL{suffix}", self._levels, unit="levels")
        return [self._score(f"HSR{suffix}", self._hard), self.soft(f"SSR{suffix}"), csl]

    def soft(self, name: str) -> Estimate:
        return self._score(name, self._soft)

    def tables(self) -> tuple[Table, ...]:
        """By level, by category, and weighted as in the repository's aggregator.py."""
        weights = np.array(LEVELS, float)
        weighted = tuple(self._score(n, v, weights=weights) for n, v in (("HSR", self._hard), ("SSR", self._soft)))
        return (
            *self._by_level(),
            *self._by_category(),
            Table("weighted by level, 1 to 5, as aggregator.py of the repository", weighted),
        )

    def _by_level(self) -> Iterator[Table]:
        for name, values in (("HSR", self._hard), ("SSR", self._soft)):
            rows = tuple(self._score(f"level {level}", values[:, [level - 1]]) for level in LEVELS)
            yield Table(f"{name} by level, mean of categories", rows)

    def _by_category(self) -> Iterator[Table]:
        for name, values in (("HSR", self._hard), ("SSR", self._soft), ("CSL", self._levels)):
            unit, mean = ("levels", "") if name == "CSL" else ("%", ", mean of levels")
            rows = tuple(
                self._score(CATEGORIES[c], values[self._category == c], c, unit)
                for c in sorted(set(self._category.tolist()))
            )
            yield Table(f"{name} by category{mean}", rows)

    def _score(
        self, name: str, values: _Array, only: int | None = None, unit: str = "%", weights: _Array | None = None
    ) -> Estimate:
        """values: (groups, columns), one column a level; of all groups, or of the category `only`."""
        category = self._category if only is None else np.repeat(only, len(values))
        present = np.isfinite(values)
        n = int(present.sum())
        if not n:
            return Estimate.without_interval(name, math.nan, 0, "no items", unit)
        with_values = present.any(axis=1)
        values, category = values[with_values], category[with_values]
        statistic = _average(values, category, weights)
        if min(Counter(category.tolist()).values()) < 2:
            value = float(statistic(np.ones((1, len(values))))[0])
            return Estimate.without_interval(name, value, n, "a category of one group: no interval", unit)
        return bootstrap(name, len(values), statistic, n, unit, by="group within category", strata=category)


def _average(values: _Array, category: _Array, weights: _Array | None) -> Callable[[_Array], _Array]:
    """The mean over columns of the mean over categories, as a function of how often each group is drawn, shape (draws,
    groups). A category without values in a column is left out of its mean."""
    present, filled = np.isfinite(values), np.nan_to_num(values)
    columns = np.ones(values.shape[1]) if weights is None else weights

    def statistic(draws: _Array) -> _Array:
        total = np.zeros((len(draws), values.shape[1]))
        categories = np.zeros_like(total)
        for number in np.unique(category):
            inside = category == number
            n = draws[:, inside] @ present[inside]
            total += np.divide(draws[:, inside] @ filled[inside], n, out=np.zeros_like(total), where=n > 0)
            categories += n > 0
        means = np.divide(total, categories, out=np.zeros_like(total), where=categories > 0)
        return np.asarray((means @ columns) / ((categories > 0) @ columns))

    return statistic


def _mean(values: _Array) -> _Array:
    """Mean over samples, of the finite ones."""
    n = np.isfinite(values).sum(axis=0)
    return np.where(n > 0, np.nansum(values, axis=0) / np.maximum(n, 1), math.nan)


def _consistent_levels(hard: _Array, complete: _Array) -> _Array:
    """(samples, groups): consecutive levels from 1 on that are met. NaN for a group with missing levels, and for one whose
    sequence ends at a response that is left out."""
    met = np.cumprod(np.where(np.isnan(hard), 0, hard), axis=2)
    count = met.sum(axis=2)
    broken = np.take_along_axis(hard, np.minimum(count, len(LEVELS) - 1).astype(int)[..., None], axis=2)[..., 0]
    return np.where(np.isnan(broken) | ~complete, math.nan, count)
