"""A comparison as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spar_eval.comparison.records import CheckChange, ComparedRuns, Comparison, Difference, MetricComparison

_REASON = 160  # characters of a reason that a line shows


def lines(comparison: Comparison, listed: int = 10) -> Iterator[str]:
    """Differences, types, changed checks of the first metric, and notes. listed: changed checks to show each way."""
    a, b = comparison.a, comparison.b
    yield f"A  {_models(a)}"
    yield f"B  {_models(b)}"
    several = comparison.responses > comparison.items
    samples = f", {comparison.responses:,} responses each run" if several else ""
    yield (
        f"{comparison.task}: {comparison.items:,} items in common{samples}; differences are B - A in points, with 95% "
        f"intervals"
    )
    yield from _reported(a, b)
    for metric in comparison.metrics:
        yield ""
        yield from _metric(metric)
    for metric in comparison.metrics[:1]:
        yield from _changes(f"worse in B, {metric.name}", metric.regressions, listed, "B")
        yield from _changes(f"better in B, {metric.name}", metric.improvements, listed, "A")
    yield ""
    sides = (
        ("only in A", comparison.only_a),
        ("only in B", comparison.only_b),
        ("not in every run", comparison.partly),
    )
    for side, keys in sides:
        if keys:
            yield f"{len(keys):,} {side}, left out: {', '.join(keys[:5])}{', ...' if len(keys) > 5 else ''}"
    for note in comparison.notes:
        yield f"note: {note}"
    types = ", ".join(f"{len(m.types):,} types of {m.name}" for m in comparison.metrics if len(m.types) > 1)
    adjusted = f"; by type: adjusted by Holm within each metric ({types})" if types else ""
    tests = "1 headline test, its p" if comparison.tests == 1 else f"{comparison.tests:,} headline tests, their p"
    yield f"{tests} not adjusted{adjusted}"


def _reported(a: ComparedRuns, b: ComparedRuns) -> Iterator[str]:
    before = {score.name: score for score in a.scores}
    shared = [(before[score.name], score) for score in b.scores if score.name in before]
    if shared:
        yield ""
        yield "scores as reported"
        width = max(len(score.name) for score, _ in shared)
        for pair in shared:
            values = [_points(score.value) if score.unit == "%" else f"{score.value:7.2f}" for score in pair]
            yield f"  {pair[0].name:<{width}}  {values[0]} -> {values[1]}"


def _metric(metric: MetricComparison) -> Iterator[str]:
    yield metric.name
    for difference in filter(None, (metric.items, metric.checks)):
        yield f"  {difference.name:<7} {_row(difference)}  p = {_p(difference.p)} ({difference.test})"
        yield f"          {difference.closed.interval(signed=True)} by {difference.closed.method}"
    yield f"  {_power(metric.items)}"
    if any(metric.undecided):
        a, b = metric.undecided
        yield f"  undecided in {a:,} items of A and {b:,} of B: they count as not passed"
        if metric.decided:
            yield f"  without them: {_row(metric.decided)}  p = {_p(metric.decided.p)}, n = {metric.decided.n:,}"
        else:
            yield "  without them no item is left"
    if len(metric.types) > 1:
        width = max(len(difference.name) for difference in metric.types)
        yield f"  {'by type':<{width}}        A        B    B - A  better  worse      n        p  adjusted"
        for d in metric.types:
            yield (
                f"  {d.name:<{width}}  {_points(d.a)}  {_points(d.b)}  {_points(d.value, '+')}  "
                f"{d.improved:>6,} {d.regressed:>6,} {d.n:>6,}  {_p(d.p):>7}  {_p(d.adjusted or 0.0):>8}"
            )


def _row(difference: Difference) -> str:
    return (
        f"{_points(difference.a)} -> {_points(difference.b)}  {_points(difference.value, '+')}  "
        f"{difference.interval(signed=True)}  {difference.improved:,} better, {difference.regressed:,} worse of "
        f"{difference.n:,}"
    )


def _power(difference: Difference) -> str:
    if not difference.improved and not difference.regressed:
        return f"none of {difference.n:,} items differs, so the smallest detectable difference is not known"
    return (
        f"with {difference.n:,} items and as many changes, a true difference under about "
        f"{100 * difference.detectable:.1f} points cannot be told from noise (80% power, 5% level)"
    )


def _changes(title: str, changes: Sequence[CheckChange], listed: int, failing: str) -> Iterator[str]:
    """failing: the side whose check fails, and whose reason is shown."""
    if not changes or not listed:
        return
    yield ""
    yield f"{title}: {len(changes):,} checks{f', the first {listed:,}' if len(changes) > listed else ''}"
    for change in changes[:listed]:
        shares = "" if {change.a, change.b} == {0.0, 1.0} else f" ({100 * change.a:.0f}% -> {100 * change.b:.0f}%)"
        reason = _one_line(change.reason if failing == "B" else change.before)
        yield f"  {change.kind}  {change.id}{shares}  {failing}: {reason}"


def _one_line(text: str) -> str:
    """Removes line breaks and control characters: a reason may quote a model."""
    plain = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    return plain if len(plain) <= _REASON else plain[: _REASON - 3] + "..."


def _models(side: ComparedRuns) -> str:
    return f"{side.model} ({side.runs:,} runs)" if side.runs > 1 else side.model


def _points(share: float, sign: str = "") -> str:
    return f"{100 * share:{sign}7.2f}"


def _p(p: float) -> str:
    return f"{p:.2g}" if p < 0.001 else f"{p:.4f}"
