"""The scores on the page: the change since the start, a chart of each score, and the numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from spar_data.core.intervals import Estimate
from spar_train.report import svg
from spar_train.report.html import figure, table
from spar_train.report.seeds import SeedGroup, change_since_start, pooled, score_names, scores_at

_TITLES = {
    "ifeval": "IFEval",
    "fresh": "Fresh prompts of IFEval's kind",
    "held-out": "Held-out prompts, by their checkers",
    "llmbar": "LLMBar: the refiner as judge",
    "refinement": "Refinement accuracy",
}
_TABLE_ONLY = ("loose", "mean of the four", "kappa", "positional")  # scores without a chart, by words of their names

_ABOUT_SEEDS = (
    "Where there are several runs, points are means and intervals are over seeds: they show where another seed would end up on the "
    "same prompts, and say nothing about other prompts. The interval of a single run is over its items."
)


def sections(groups: Sequence[SeedGroup]) -> Iterator[str]:
    names = score_names([loop for group in groups for loop in group.loops])
    order = [name for name in _TITLES if name in names] + sorted(set(names) - set(_TITLES))
    if not order:
        yield "<section><h2>Scores</h2><p>No evaluation in these folders.</p></section>"
    elif any(len(group.loops) > 1 for group in groups):
        yield f'<p class="note">{_ABOUT_SEEDS}</p>'
    for evaluation in order:
        yield f"<section><h2>{escape(_TITLES.get(evaluation, evaluation))}</h2>"
        yield from _changes(groups, evaluation, names[evaluation])
        charted = [name for name in names[evaluation] if not any(word in name for word in _TABLE_ONLY)]
        yield '<div class="charts">'
        for name in charted or names[evaluation]:
            yield _chart(groups, evaluation, name)
        yield "</div><details><summary>Numbers</summary>"
        yield _numbers(groups, evaluation, names[evaluation])
        yield "</details></section>"


def _changes(groups: Sequence[SeedGroup], evaluation: str, names: Sequence[str]) -> Iterator[str]:
    """A table of differences to the start. An interval that includes 0 means that no change was shown."""
    rows = []
    for group in groups:
        for name in names:
            if change := change_since_start(group, evaluation, name):
                last, difference = change
                cells = [*_cells(difference, signed=True), _sign(difference), difference.method]
                rows.append([f"{group.label}: {name}", f"0 → {last}", *cells])
    if rows:
        yield "<h3>Change since the start</h3>"
        yield table(["", "iterations", "change", "95% interval", "", "method"], rows)


def _chart(groups: Sequence[SeedGroup], evaluation: str, name: str) -> str:
    lines, unit = [], "%"
    for colour, group in enumerate(groups):
        points = []
        for iteration, scores in _by_iteration(group, evaluation, name):
            score = pooled(scores)
            unit = score.unit
            tip = f"{group.label}, iteration {iteration}: {score.sentence(digits=1)}"
            points.append(svg.Point(iteration, score.value, score.low, score.high, tip))
        lines.append(svg.Line(tuple(points), colour, dots=True))
    percent = unit == "%"
    markup = svg.chart(
        name,
        lines,
        "iteration",
        whole_x=True,
        scale=100 if percent else 1,
        clip=(0, 1) if percent else (-math.inf, math.inf),
    )
    return figure(f"{name}{', %' if percent else ''}", markup)


def _numbers(groups: Sequence[SeedGroup], evaluation: str, names: Sequence[str]) -> str:
    rows = []
    for name in names:
        for group in groups:
            for iteration, scores in _by_iteration(group, evaluation, name):
                score, runs = pooled(scores), f"{len(scores)} of {len(group.loops)}"
                method = score.method if len(scores) > 1 else f"{score.method}, {score.n:,} items"
                rows.append([f"{name}, {group.label}", str(iteration), *_cells(score), runs, method])
    return table(["", "iteration", "value", "95% interval", "runs", "method"], rows)


def _by_iteration(group: SeedGroup, evaluation: str, name: str) -> Iterator[tuple[int, list[Estimate]]]:
    for iteration in sorted({i for loop in group.loops for i in loop.iterations}):
        if scores := scores_at(group, evaluation, name, iteration):
            yield iteration, scores


def _cells(score: Estimate, signed: bool = False) -> tuple[str, str]:
    """Value and interval as text."""
    return score.number(score.value, signed, 1), score.interval(signed, 1)


def _sign(change: Estimate) -> str:
    if not change.has_interval:
        return ""
    return "above 0" if change.low > 0 else "below 0" if change.high < 0 else "not clear of 0"


def evaluations_on_different_items(groups: Sequence[SeedGroup]) -> list[str]:
    """Sentences about evaluations whose curves cannot be compared, because their data differ."""
    data: dict[str, set[str]] = {}
    for loop in (loop for group in groups for loop in group.loops):
        for (evaluation, _), result in loop.results.items():
            parts = [part for part in result.signature.split("|") if part.startswith(("data:", "n:", "checker:"))]
            data.setdefault(evaluation, set()).add("|".join(parts))
    return [
        f"{evaluation}: not all scores are of the same items ({'; '.join(sorted(parts))})"
        for evaluation, parts in sorted(data.items())
        if len(parts) > 1
    ]
