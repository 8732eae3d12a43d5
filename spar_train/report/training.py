"""Training on the page: curves by step, counts of rows, and time."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

from spar_train.planning.text import format_duration
from spar_train.report import svg
from spar_train.report.html import figure, table
from spar_train.report.load import ROLES, Loop, StepMetrics
from spar_train.report.seeds import SeedGroup

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
_POINTS = 40  # points of a line; neighbouring steps are averaged if there are more


def sections(groups: Sequence[SeedGroup]) -> Iterator[str]:
    for role in ROLES:
        if any(loop_role == role for group in groups for loop in group.loops for loop_role, _ in loop.training):
            yield f"<section><h2>Training of the {role}</h2>"
            yield from _curves(groups, role)
            yield "</section>"
    yield from _funnel(groups)
    yield from _times(groups)


def _curves(groups: Sequence[SeedGroup], role: str) -> Iterator[str]:
    """Charts with one line for each run, iteration after iteration."""
    runs = [(colour, loop) for colour, group in enumerate(groups) for loop in group.loops]
    begins = _begins([loop for _, loop in runs], role)
    yield '<p class="soft">Iterations one after another, borders dotted; a line for each run.</p><div class="charts">'
    for title, names in _CHARTS:
        lines = [
            svg.Line(tuple(_points(steps, name, begins[iteration])), colour, thin=True, dashed=name != names[0])
            for colour, loop in runs
            for iteration, steps in _of_role(loop, role)
            for name in names
        ]
        if markup := svg.chart(title, lines, "step", borders=[x for x in begins.values() if x]):
            yield figure(title, markup)
    yield "</div><details><summary>Numbers</summary>"
    rows = []
    for group in groups:
        for loop in group.loops:
            for iteration, steps in _of_role(loop, role):
                rows.append([f"{group.label}, seed {loop.seed}", str(iteration), *_summary(steps)])
    yield table(["", "iteration", "steps", "loss", "margin", "accuracy", "tokens", "tokens/s", "memory"], rows)
    yield '<p class="soft">Loss, margin and accuracy: mean of the first tenth of the steps → mean of the last.</p></details>'


def _of_role(loop: Loop, role: str) -> Iterator[tuple[int, list[StepMetrics]]]:
    for (loop_role, iteration), steps in sorted(loop.training.items()):
        if loop_role == role:
            yield iteration, steps


def _begins(loops: Sequence[Loop], role: str) -> dict[int, float]:
    """The x at which each iteration begins: after the longest run of the iteration before."""
    longest: dict[int, float] = {}
    for loop in loops:
        for iteration, steps in _of_role(loop, role):
            longest[iteration] = max(longest.get(iteration, 0.0), steps[-1]["step"])
    begins, x = {}, 0.0
    for iteration in sorted(longest):
        begins[iteration] = x
        x += longest[iteration]
    return begins


def _points(steps: Sequence[StepMetrics], name: str, begin: float) -> Iterator[svg.Point]:
    """At most _POINTS points, each the mean of neighbouring steps."""
    measured = [step for step in steps if name in step]
    size = -(-len(measured) // _POINTS) or 1
    for start in range(0, len(measured), size):
        part = measured[start : start + size]
        step = statistics.fmean(metrics["step"] for metrics in part)
        value = statistics.fmean(metrics[name] for metrics in part)
        yield svg.Point(begin + step, value, tip=f"step {step:g}: {value:.4g}")


def _summary(steps: Sequence[StepMetrics]) -> Iterator[str]:
    yield f"{steps[-1]['step']:,.0f}"
    tenth = max(1, len(steps) // 10)
    for name in ("loss", "margin", "accuracy"):
        values = [step[name] for step in steps if name in step]
        first, last = statistics.fmean(values[:tenth] or [0]), statistics.fmean(values[-tenth:] or [0])
        yield f"{first:.3f} → {last:.3f}" if values else ""
    tokens, seconds = (sum(step.get(name, 0) for step in steps) for name in ("tokens", "seconds"))
    yield f"{tokens:,.0f}" if tokens else ""
    speeds = [step["tokens_per_s"] for step in steps if "tokens_per_s" in step]
    yield f"{tokens / seconds:,.0f}" if tokens and seconds else f"{statistics.median(speeds):,.0f}" if speeds else ""
    memory = [step["memory_gb"] for step in steps if "memory_gb" in step]
    yield f"{max(memory):.1f} GB" if memory else ""


def _funnel(groups: Sequence[SeedGroup]) -> Iterator[str]:
    """Counts from prompts to rows; the mean of several runs."""
    tables = [
        _by_iteration(group, [loop.counts for loop in group.loops], lambda n: f"{n:,.1f}".removesuffix(".0"))
        for group in groups
    ]
    if any(tables):
        yield f'<section><h2>From prompts to rows</h2><div class="charts">{"".join(tables)}</div></section>'


def _times(groups: Sequence[SeedGroup]) -> Iterator[str]:
    """Time of each step, as the loop measured it; the mean of several runs."""
    tables = []
    for group in groups:
        values: list[Steps] = []
        for loop in group.loops:
            values.append({})
            for (iteration, name), seconds in loop.seconds.items():
                values[-1].setdefault(iteration, {})[name] = seconds
            for seconds_of_step in values[-1].values():
                seconds_of_step["together"] = sum(seconds_of_step.values())
        tables.append(_by_iteration(group, values, format_duration))
    if any(tables):
        yield f'<section><h2>Time</h2><div class="charts">{"".join(tables)}</div></section>'


Steps = dict[int, dict[str, float]]


def _by_iteration(
    group: SeedGroup, runs: Sequence[Mapping[int, Mapping[str, float]]], text: Callable[[float], str]
) -> str:
    """A table with a column for each iteration and a row for each name, "together" last; "" if it would be empty.

    Counts that are 0 throughout are left out, except those of rows.
    """
    iterations = sorted({i for run in runs for i, counts in run.items() if counts})
    names = dict.fromkeys(name for i in iterations for run in runs for name in run.get(i, {}))
    rows = []
    for name in sorted(names, key=lambda name: (name == "together", name.startswith("eval/"))):
        values = ([run[i][name] for run in runs if name in run.get(i, {})] for i in iterations)
        means = [statistics.fmean(numbers) if numbers else None for numbers in values]
        if any(means) or name.startswith("rows"):
            rows.append([name, *("" if mean is None else text(mean) for mean in means)])
    head = f"{group.label}, mean of {len(runs)} runs" if len(runs) > 1 else group.label
    return table([head, *(f"iteration {i}" for i in iterations)], rows) if rows else ""
