"""The scores on the page: the change since the start, a chart of each score, and the numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from spar_data.core.intervals import Estimate
from spar_train.report import svg
from spar_train.report.seeds import SeedGroup, change_since_start, pooled, score_names, scores_at

_TITLES = {
    "ifeval": "IFEval",
    "fresh": "Fresh prompts of IFEval's kind",
    "held-out": "Held-out prompts, by their checkers",
    "llmbar": "LLMBar: the refiner as judge",
    "refinement": "Refinement accuracy",
}
_TABLE_ONLY = ("loose", "mean of the four", "kappa", "positional")  # scores without a chart, by words of their names


class EvaluationSection(NamedTuple):
    """An evaluation on the page. changes: rows of differences to the start; an interval that includes 0 means that no change
    was shown. charts: caption and SVG of each. numbers: rows of all scores."""

    title: str
    changes: list[list[str]]
    charts: list[tuple[str, str]]
    numbers: list[list[str]]


def evaluations(groups: Sequence[SeedGroup]) -> Iterator[EvaluationSection]:
    names = score_names([loop for group in groups for loop in group.loops])
    for evaluation in [name for name in _TITLES if name in names] + sorted(set(names) - set(_TITLES)):
        all_names = names[evaluation]
        charted = [name for name in all_names if not any(word in name for word in _TABLE_ONLY)] or all_names
        yield EvaluationSection(
            _TITLES.get(evaluation, evaluation),
            list(_changes(groups, evaluation, all_names)),
            [_chart(groups, evaluation, name) for name in charted],
            list(_numbers(groups, evaluation, all_names)),
        )


def _changes(groups: Sequence[SeedGroup], evaluation: str, names: Sequence[str]) -> Iterator[list[str]]:
    for group in groups:
        for name in names:
            if change := change_since_start(group, evaluation, name):
                last, difference = change
                sign = "not clear of 0" if difference.has_interval else ""
                sign = "above 0" if difference.low > 0 else "below 0" if difference.high < 0 else sign
                cells = [*_cells(difference, signed=True), sign, difference.method]
                yield [f"{group.label}: {name}", f"0 → {last}", *cells]


def _chart(groups: Sequence[SeedGroup], evaluation: str, name: str) -> tuple[str, str]:
    lines, percent = [], True
    for colour, group in enumerate(groups):
        points = []
        for iteration, scores in scores_at(group, evaluation, name):
            score = pooled(scores)
            percent = score.unit == "%"
            tip = f"{group.label}, iteration {iteration}: {score.sentence(digits=1)}"
            points.append(svg.Point(iteration, score.value, score.low, score.high, tip))
        lines.append(svg.Line(tuple(points), colour, dots=True))
    scale, possible = (100, (0.0, 1.0)) if percent else (1, (-math.inf, math.inf))
    markup = svg.chart(name, lines, "iteration", whole_x=True, scale=scale, clip=possible)
    return f"{name}{', %' if percent else ''}", markup


def _numbers(groups: Sequence[SeedGroup], evaluation: str, names: Sequence[str]) -> Iterator[list[str]]:
    for name in names:
        for group in groups:
            for iteration, scores in scores_at(group, evaluation, name):
                score, runs = pooled(scores), f"{len(scores)} of {len(group.loops)}"
                method = score.method if len(scores) > 1 else f"{score.method}, {score.n:,} items"
                yield [f"{name}, {group.label}", str(iteration), *_cells(score), runs, method]


def _cells(score: Estimate, signed: bool = False) -> tuple[str, str]:
    """Value and interval as text."""
    return score.number(score.value, signed, 1), score.interval(signed, 1)


def evaluations_on_different_items(groups: Sequence[SeedGroup]) -> Iterator[str]:
    """Sentences about evaluations whose curves cannot be compared, because their data differ."""
    data: dict[str, set[str]] = {}
    for loop in (loop for group in groups for loop in group.loops):
        for (evaluation, _), result in loop.results.items():
            parts = [part for part in result.signature.split("|") if part.startswith(("data:", "n:", "checker:"))]
            data.setdefault(evaluation, set()).add("|".join(parts))
    for evaluation, signatures in sorted(data.items()):
        if len(signatures) > 1:
            yield f"{evaluation}: not all scores are of the same items ({'; '.join(sorted(signatures))})"
