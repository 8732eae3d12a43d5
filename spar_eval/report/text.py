"""Results as lines of text."""

from __future__ import annotations

import math
from collections.abc import Iterator

from spar_data.core.intervals import Estimate
from spar_eval.results import Result


def lines(result: Result, tables: int = 3) -> Iterator[str]:
    """The scores, the first tables, counts, notes and the signature."""
    width = max([18, *(len(s.name) + 2 for t in result.tables for s in t.rows), *(len(s.name) for s in result.scores)])
    for score in result.scores:
        yield line(score, width)
    for table in result.tables[:tables]:
        yield ""
        yield table.title
        for score in table.rows:
            yield line(score, width, "  ")
    if result.tables[tables:]:
        yield ""
        yield f"{len(result.tables[tables:])} more tables are in results.json and report.html"
    if result.counts:
        yield ""
        yield ", ".join(f"{name}: {count:,}" for name, count in result.counts.items())
    for note in result.notes:
        yield f"note: {note}"
    yield ""
    yield result.signature


def line(score: Estimate, width: int, indent: str = "") -> str:
    """'prompt-strict   77.08  [73.35, 80.42]  +- 1.81  n = 541'"""
    name = f"{indent}{score.name}".ljust(width)
    if math.isnan(score.value):
        return f"{name}  no items"
    value = score.number(score.value)
    if not score.has_interval:
        return f"{name}  {value:>6}  n = {score.n:,} ({score.method})"
    return f"{name}  {value:>6}  {score.interval():<16}  +- {score.number(score.stderr)}  n = {score.n:,}"
