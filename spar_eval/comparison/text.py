"""A comparison as lines of text."""

from __future__ import annotations

from spar_data.core import templates
from spar_eval.comparison.records import CheckChange, Comparison, ReportedScore

_REASON = 160  # characters of a reason that a line shows


def lines(comparison: Comparison, listed: int = 10) -> list[str]:
    """Differences, types, changed checks of the first metric, and notes. listed: changed checks to show each way."""
    before = {score.name: score for score in comparison.a.scores}
    reported = [(before[score.name], score) for score in comparison.b.scores if score.name in before]
    return templates.render_lines(
        "comparison.txt.jinja",
        "spar_eval",
        c=comparison,
        listed=listed,
        reported=reported,
        reported_width=max((len(score.name) for score, _ in reported), default=0),
        types=", ".join(f"{len(m.types):,} types of {m.name}" for m in comparison.metrics if len(m.types) > 1),
        points=_points,
        p=lambda p: f"{p:.2g}" if p < 0.001 else f"{p:.4f}",
        score=_score,
        shares=_shares,
        one_line=_one_line,
    )


def _points(share: float, sign: str = "") -> str:
    return f"{100 * share:{sign}7.2f}"


def _score(score: ReportedScore) -> str:
    return _points(score.value) if score.unit == "%" else f"{score.value:7.2f}"


def _shares(change: CheckChange) -> str:
    return "" if {change.a, change.b} == {0.0, 1.0} else f" ({100 * change.a:.0f}% -> {100 * change.b:.0f}%)"


def _one_line(text: str) -> str:
    """Removes line breaks and control characters: a reason may quote a model."""
    plain = "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
    return plain if len(plain) <= _REASON else plain[: _REASON - 3] + "..."
