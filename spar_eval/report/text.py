"""Results as lines of text."""

from __future__ import annotations

import math

from spar_data.core import templates
from spar_data.core.intervals import Estimate
from spar_eval.results import Result


def lines(result: Result, tables: int = 3) -> list[str]:
    """The scores, the first tables, counts, notes and the signature."""
    width = max([18, *(len(s.name) + 2 for t in result.tables for s in t.rows), *(len(s.name) for s in result.scores)])
    return templates.render_lines("result.txt.jinja", "spar_eval", result=result, tables=tables, width=width, line=line)


def line(score: Estimate, width: int, indent: str = "") -> str:
    """'prompt-strict   77.08  [73.35, 80.42]  +- 1.81  n = 541'"""
    name = f"{indent}{score.name}".ljust(width)
    if math.isnan(score.value):
        return f"{name}  no items"
    value = score.number(score.value)
    if not score.has_interval:
        return f"{name}  {value:>6}  n = {score.n:,} ({score.method})"
    return f"{name}  {value:>6}  {score.interval():<16}  +- {score.number(score.stderr)}  n = {score.n:,}"
