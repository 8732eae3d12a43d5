"""The part of the page about scores: what changed since the start, a chart of each score, and the numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from spar_data.core.intervals import Estimate
from spar_train.report import svg
from spar_train.report.html import figure, table
from spar_train.report.seeds import Group, change, pooled, scores, scores_at

_TITLES = {
    "ifeval": "IFEval",
    "fresh": "Fresh prompts of IFEval's kind",
    "held-out": "Held-out prompts, by their checkers",
    "llmbar": "LLMBar: the refiner as judge",
    "refinement": "Refinement accuracy",
}
_LESS = ("loose", "mean of the four", "kappa", "positional")  # in the table only

_SEEDS = (
    "Points of several runs are means, their intervals are over seeds: where another seed would come out on the same prompts. "
    "They say nothing of other prompts. The interval of a single run is over its items."
)


def sections(found: Sequence[Group]) -> Iterator[str]:
    named = scores([loop for group in found for loop in group.loops])
    order = [name for name in _TITLES if name in named] + sorted(set(named) - set(_TITLES))
    if not order:
        yield "<section><h2>Scores</h2><p>No evaluation in these folders.</p></section>"
    elif any(len(group.loops) > 1 for group in found):
        yield f'<p class="note">{_SEEDS}</p>'
    for evaluation in order:
        yield f"<section><h2>{escape(_TITLES.get(evaluation, evaluation))}</h2>"
        yield from _changes(found, evaluation, named[evaluation])
        drawn = [name for name in named[evaluation] if not any(word in name for word in _LESS)]
        yield '<div class="charts">'
        for name in drawn or named[evaluation]:
            yield _chart(found, evaluation, name)
        yield "</div><details><summary>Numbers</summary>"
        yield _numbers(found, evaluation, named[evaluation])
        yield "</details></section>"


def _changes(found: Sequence[Group], evaluation: str, names: Sequence[str]) -> Iterator[str]:
    """The difference to the start, in a table: an interval that holds 0 says that nothing was shown."""
    rows = []
    for group in found:
        for name in names:
            made = change(group, evaluation, name)
            if made:
                last, each = made
                rows.append([f"{group.label}: {name}", f"0 → {last}", *_cells(each, True), _sign(each), each.method])
    if rows:
        yield "<h3>Change since the start</h3>"
        yield table(["", "iterations", "change", "95% interval", "", "method"], rows)


def _chart(found: Sequence[Group], evaluation: str, name: str) -> str:
    lines, unit = [], "%"
    for colour, group in enumerate(found):
        points = []
        for iteration in sorted({i for loop in group.loops for i in loop.iterations}):
            if known := scores_at(group, evaluation, name, iteration):
                each = pooled(known)
                unit = each.unit
                tip = f"{group.label}, iteration {iteration}: {each.sentence(digits=1)}"
                points.append(svg.Point(iteration, each.value, each.low, each.high, tip))
        lines.append(svg.Line(tuple(points), colour, dots=True))
    percent = unit == "%"
    drawn = svg.chart(
        name,
        lines,
        "iteration",
        whole_x=True,
        scale=100 if percent else 1,
        clip=(0, 1) if percent else (-math.inf, math.inf),
    )
    return figure(f"{name}{', %' if percent else ''}", drawn)


def _numbers(found: Sequence[Group], evaluation: str, names: Sequence[str]) -> str:
    rows = []
    for name in names:
        for group in found:
            for iteration in sorted({i for loop in group.loops for i in loop.iterations}):
                if known := scores_at(group, evaluation, name, iteration):
                    each, runs = pooled(known), f"{len(known)} of {len(group.loops)}"
                    method = each.method if len(known) > 1 else f"{each.method}, {each.n:,} items"
                    rows.append([f"{name}, {group.label}", str(iteration), *_cells(each), runs, method])
    return table(["", "iteration", "value", "95% interval", "runs", "method"], rows)


def _cells(each: Estimate, signed: bool = False) -> tuple[str, str]:
    """Value and interval as text."""
    return each.number(each.value, signed, 1), each.interval(signed, 1)


def _sign(change: Estimate) -> str:
    if not change.has_interval:
        return ""
    return "above 0" if change.low > 0 else "below 0" if change.high < 0 else "not clear of 0"


def unlike(found: Sequence[Group]) -> list[str]:
    """Evaluations that are not all of the same data: their curves cannot be compared."""
    kinds: dict[str, set[str]] = {}
    for group in found:
        for loop in group.loops:
            for (evaluation, _), result in loop.results.items():
                parts = [part for part in result.signature.split("|") if part.startswith(("data:", "n:", "checker:"))]
                kinds.setdefault(evaluation, set()).add("|".join(parts))
    return [
        f"{evaluation}: not all scores are of the same items ({'; '.join(sorted(each))})"
        for evaluation, each in sorted(kinds.items())
        if len(each) > 1
    ]
