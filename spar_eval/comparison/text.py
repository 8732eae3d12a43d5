"""A comparison as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spar_eval.comparison.runs import Change, Comparison, Difference, Metric

_REASON = 160  # characters of a reason that a line shows


def lines(found: Comparison, listed: int = 10) -> Iterator[str]:
    """Differences, types, changed checks of the first metric, and what a reader has to know."""
    yield f"A  {_side(found.a.model, found.a.runs)}"
    yield f"B  {_side(found.b.model, found.b.runs)}"
    samples = f", {found.responses:,} responses each run" if found.responses > found.items else ""
    yield f"{found.task}: {found.items:,} items in common{samples}; differences are B - A in points, with 95% intervals"
    before = {each.name: each for each in found.a.scores}
    shared = [(before[each.name], each) for each in found.b.scores if each.name in before]
    if shared:
        yield ""
        yield "scores as reported"
        width = max(len(a.name) for a, _ in shared)
        for a, b in shared:
            shown = [_points(each.value) if each.unit == "%" else f"{each.value:7.2f}" for each in (a, b)]
            yield f"  {a.name:<{width}}  {shown[0]} -> {shown[1]}"
    for metric in found.metrics:
        yield ""
        yield from _metric(metric)
    for metric in found.metrics[:1]:
        yield from _changes(f"worse in B, {metric.name}", metric.regressions, listed, True)
        yield from _changes(f"better in B, {metric.name}", metric.improvements, listed, False)
    yield ""
    for side, keys in (("only in A", found.only_a), ("only in B", found.only_b), ("not in every run", found.partly)):
        if keys:
            yield f"{len(keys):,} {side}, left out: {', '.join(keys[:5])}{', ...' if len(keys) > 5 else ''}"
    for note in found.notes:
        yield f"note: {note}"
    types = ", ".join(f"{len(m.types):,} types of {m.name}" for m in found.metrics if len(m.types) > 1)
    adjusted = f"; by type: adjusted by Holm within each metric ({types})" if types else ""
    tests = "1 headline test, its p" if found.tests == 1 else f"{found.tests:,} headline tests, their p"
    yield f"{tests} not adjusted{adjusted}"


def _metric(metric: Metric) -> Iterator[str]:
    yield metric.name
    shown = [metric.items, *([metric.checks] if metric.checks else [])]
    for each in shown:
        yield f"  {each.name:<7} {_row(each)}  p = {_p(each.p)} ({each.test})"
        yield f"          {each.closed.interval(signed=True)} by {each.closed.method}"
    yield f"  {_power(metric.items)}"
    if any(metric.undecided):
        a, b = metric.undecided
        yield f"  undecided in {a:,} items of A and {b:,} of B: they count as not passed"
        if metric.decided:
            other = metric.decided
            yield f"  without them: {_row(other)}  p = {_p(other.p)}, n = {other.n:,}"
        else:
            yield "  without them no item is left"
    if len(metric.types) > 1:
        width = max(len(each.name) for each in metric.types)
        yield f"  {'by type':<{width}}        A        B    B - A  better  worse      n        p  adjusted"
        for each in metric.types:
            yield (
                f"  {each.name:<{width}}  {_points(each.a)}  {_points(each.b)}  {_points(each.value, '+')}  "
                f"{each.improved:>6,} {each.regressed:>6,} {each.n:>6,}  {_p(each.p):>7}  {_p(each.adjusted or 0.0):>8}"
            )


def _row(each: Difference) -> str:
    return (
        f"{_points(each.a)} -> {_points(each.b)}  {_points(each.value, '+')}  {each.interval(signed=True)}  "
        f"{each.improved:,} better, {each.regressed:,} worse of {each.n:,}"
    )


def _power(each: Difference) -> str:
    if not each.improved and not each.regressed:
        return f"no item of {each.n:,} differs, so how small a difference could be found is not known"
    return (
        f"with {each.n:,} items and as many changes a true difference under about {100 * each.detectable:.1f} points "
        f"cannot be told from noise (80% power, 5% level)"
    )


def _changes(title: str, changes: Sequence[Change], listed: int, worse: bool) -> Iterator[str]:
    if not changes or not listed:
        return
    yield ""
    more = f", the first {listed:,}" if len(changes) > listed else ""
    yield f"{title}: {len(changes):,} checks{more}"
    for each in changes[:listed]:
        shares = "" if {each.a, each.b} == {0.0, 1.0} else f" ({100 * each.a:.0f}% -> {100 * each.b:.0f}%)"
        reason = _one_line(each.reason if worse else each.before)
        yield f"  {each.kind}  {each.id}{shares}  {'B' if worse else 'A'}: {reason}"


def _one_line(text: str) -> str:
    """Reasons may quote a model: no line breaks, no control characters."""
    plain = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    return plain if len(plain) <= _REASON else plain[: _REASON - 3] + "..."


def _side(model: str, runs: int) -> str:
    return f"{model} ({runs:,} runs)" if runs > 1 else model


def _points(share: float, sign: str = "") -> str:
    return f"{100 * share:{sign}7.2f}"


def _p(p: float) -> str:
    return f"{p:.2g}" if p < 0.001 else f"{p:.4f}"
