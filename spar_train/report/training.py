"""Training on the page: curves by step, counts of rows, and time."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence

from spar_train.planning.text import format_duration
from spar_train.report import svg
from spar_train.report.load import ROLES, Loop, StepMetrics
from spar_train.report.seeds import SeedGroup

Table = tuple[list[str], list[list[str]]]
"""The head and the rows."""

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


def curves(groups: Sequence[SeedGroup]) -> Iterator[tuple[str, list[tuple[str, str]], list[list[str]]]]:
    """The trained roles, each with charts (caption and SVG; one line for each run, iteration after iteration) and rows of
    numbers."""
    runs = [(colour, group, loop) for colour, group in enumerate(groups) for loop in group.loops]
    for role in ROLES:
        begins = _begins([loop for _, _, loop in runs], role)
        if not begins:
            continue
        charts = []
        for title, names in _CHARTS:
            lines = [
                svg.Line(tuple(_points(steps, name, begins[iteration])), colour, thin=True, dashed=name != names[0])
                for colour, _, loop in runs
                for iteration, steps in loop.training[role].items()
                for name in names
            ]
            if markup := svg.chart(title, lines, "step", borders=[x for x in begins.values() if x]):
                charts.append((title, markup))
        numbers = [
            [f"{group.label}, seed {loop.seed}", str(iteration), *_summary(steps)]
            for _, group, loop in runs
            for iteration, steps in loop.training[role].items()
        ]
        yield role, charts, numbers


def _begins(loops: Sequence[Loop], role: str) -> dict[int, float]:
    """The x at which each iteration begins: after the longest run of the iteration before."""
    begins, x = {}, 0.0
    for iteration in sorted({iteration for loop in loops for iteration in loop.training[role]}):
        begins[iteration] = x
        x += max(loop.training[role][iteration][-1]["step"] for loop in loops if iteration in loop.training[role])
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


def row_counts(groups: Sequence[SeedGroup]) -> list[Table]:
    """Counts from prompts to rows; the mean of several runs."""
    counts = ((group, [loop.counts for loop in group.loops]) for group in groups)
    return [table for g, runs in counts for table in _by_iteration(g, runs, lambda n: f"{n:,.1f}".removesuffix(".0"))]


def times(groups: Sequence[SeedGroup]) -> list[Table]:
    """Time of each step, as the loop measured it; the mean of several runs."""
    return [
        table
        for group in groups
        for table in _by_iteration(
            group,
            [
                {i: {**steps, "together": sum(steps.values())} for i, steps in loop.seconds.items()}
                for loop in group.loops
            ],
            format_duration,
        )
    ]


def _by_iteration(
    group: SeedGroup, runs: Sequence[Mapping[int, Mapping[str, float]]], text: Callable[[float], str]
) -> Iterator[Table]:
    """A table with a column for each iteration and a row for each name, "together" last; none if it would be empty.

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
    if rows:
        head = f"{group.label}, mean of {len(runs)} runs" if len(runs) > 1 else group.label
        yield [head, *(f"iteration {i}" for i in iterations)], rows
