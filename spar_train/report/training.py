"""The part of the page about training: curves by step, rows on their way, and time."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

from spar_train.planning.text import duration
from spar_train.report import svg
from spar_train.report.html import figure, table
from spar_train.report.load import ROLES, Line, Loop
from spar_train.report.seeds import Group

_CHARTS = (
    ("loss", ("loss",)),
    ("reward margin, chosen minus rejected", ("margin",)),
    ("reward accuracy, share of pairs", ("accuracy",)),
    ("log-probability of the chosen (line) and the rejected side (dashed)", ("chosen_logp", "rejected_logp")),
    ("NLL of the chosen side, per token", ("nll",)),
    ("norm of the gradient", ("grad_norm",)),
    ("loss on held-out rows", ("held_out_loss",)),
    ("reward margin on held-out pairs", ("held_out_margin",)),
    ("reward accuracy on held-out pairs", ("held_out_accuracy",)),
)
_POINTS = 40  # of a line; more steps are averaged


def sections(found: Sequence[Group]) -> Iterator[str]:
    for role in ROLES:
        if any(r == role for group in found for loop in group.loops for r, _ in loop.training):
            yield f"<section><h2>Training of the {role}</h2>"
            yield from _curves(found, role)
            yield "</section>"
    yield from _funnel(found)
    yield from _times(found)


def _curves(found: Sequence[Group], role: str) -> Iterator[str]:
    """Iterations one after another; each run is a line."""
    runs = [(colour, loop) for colour, group in enumerate(found) for loop in group.loops]
    begins = _begins([loop for _, loop in runs], role)
    yield '<p class="soft">Iterations one after another, borders dotted; a line for each run.</p><div class="charts">'
    for title, names in _CHARTS:
        lines = [
            svg.Line(tuple(_points(steps, name, begins[iteration])), colour, thin=True, dashed=place > 0)
            for colour, loop in runs
            for (r, iteration), steps in sorted(loop.training.items())
            if r == role
            for place, name in enumerate(names)
        ]
        drawn = svg.chart(title, lines, "step", borders=[x for x in begins.values() if x])
        if drawn:
            yield figure(title, drawn)
    yield "</div><details><summary>Numbers</summary>"
    rows = []
    for group in found:
        for loop in group.loops:
            for (r, iteration), steps in sorted(loop.training.items()):
                if r == role:
                    rows.append([f"{group.label}, seed {loop.seed}", str(iteration), *_summary(steps)])
    yield table(["", "iteration", "steps", "loss", "margin", "accuracy", "tokens", "tokens/s", "memory"], rows)
    yield '<p class="soft">Loss, margin and accuracy: mean of the first tenth of the steps → mean of the last.</p></details>'


def _begins(loops: Sequence[Loop], role: str) -> dict[int, float]:
    """Where each iteration begins on the axis: after the longest run of the one before."""
    longest: dict[int, float] = {}
    for loop in loops:
        for (r, iteration), steps in loop.training.items():
            if r == role:
                longest[iteration] = max(longest.get(iteration, 0.0), steps[-1]["step"])
    begins, x = {}, 0.0
    for iteration in sorted(longest):
        begins[iteration] = x
        x += longest[iteration]
    return begins


def _points(steps: Sequence[Line], name: str, begin: float) -> Iterator[svg.Point]:
    """At most so many points, each the mean of its steps."""
    known = [each for each in steps if name in each]
    size = -(-len(known) // _POINTS) or 1
    for start in range(0, len(known), size):
        part = known[start : start + size]
        step = statistics.fmean(each["step"] for each in part)
        value = statistics.fmean(each[name] for each in part)
        yield svg.Point(begin + step, value, tip=f"step {step:g}: {value:.4g}")


def _summary(steps: Sequence[Line]) -> Iterator[str]:
    yield f"{steps[-1]['step']:,.0f}"
    tenth = max(1, len(steps) // 10)
    for name in ("loss", "margin", "accuracy"):
        values = [each[name] for each in steps if name in each]
        first, last = statistics.fmean(values[:tenth] or [0]), statistics.fmean(values[-tenth:] or [0])
        yield f"{first:.3f} → {last:.3f}" if values else ""
    tokens, seconds = sum(each.get("tokens", 0) for each in steps), sum(each.get("seconds", 0) for each in steps)
    yield f"{tokens:,.0f}" if tokens else ""
    speeds = [each["tokens_per_s"] for each in steps if "tokens_per_s" in each]
    yield f"{tokens / seconds:,.0f}" if tokens and seconds else f"{statistics.median(speeds):,.0f}" if speeds else ""
    memory = [each["memory_gb"] for each in steps if "memory_gb" in each]
    yield f"{max(memory):.1f} GB" if memory else ""


def _funnel(found: Sequence[Group]) -> Iterator[str]:
    """From prompts to rows; of several runs the mean."""
    tables = [
        _by_iteration(group, [loop.counts for loop in group.loops], lambda n: f"{n:,.1f}".removesuffix(".0"))
        for group in found
    ]
    if any(tables):
        yield f'<section><h2>From prompts to rows</h2><div class="charts">{"".join(tables)}</div></section>'


def _times(found: Sequence[Group]) -> Iterator[str]:
    """Time of each step, as the loop measured it; of several runs the mean."""
    tables = []
    for group in found:
        values: list[Steps] = []
        for loop in group.loops:
            values.append({})
            for (iteration, name), seconds in loop.seconds.items():
                values[-1].setdefault(iteration, {})[name] = seconds
            for each in values[-1].values():
                each["together"] = sum(each.values())
        tables.append(_by_iteration(group, values, duration))
    if any(tables):
        yield f'<section><h2>Time</h2><div class="charts">{"".join(tables)}</div></section>'


Steps = dict[int, dict[str, float]]


def _by_iteration(group: Group, runs: Sequence[Mapping[int, Mapping[str, float]]], text: Callable[[float], str]) -> str:
    """A column for each iteration, a row for each name, "together" last, without counts that are 0 throughout; the empty text where there is nothing."""
    iterations = sorted({i for run in runs for i, each in run.items() if each})
    names = dict.fromkeys(name for i in iterations for run in runs for name in run.get(i, {}))
    rows = []
    for name in sorted(names, key=lambda name: (name == "together", name.startswith("eval/"))):
        values = ([run[i][name] for run in runs if name in run.get(i, {})] for i in iterations)
        means = [statistics.fmean(each) if each else None for each in values]
        if any(means) or name.startswith("rows"):  # no row is worth a line
            rows.append([name, *("" if mean is None else text(mean) for mean in means)])
    head = f"{group.label}, mean of {len(runs)} runs" if len(runs) > 1 else group.label
    return table([head, *(f"iteration {i}" for i in iterations)], rows) if rows else ""
