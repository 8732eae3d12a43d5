"""Charts and their ticks."""

from __future__ import annotations

import math
import re
import statistics

from spar_train.report import svg


def test_lines_and_ticks() -> None:
    """Round ticks around the ends; a single point is drawn as a point; no point, no chart; a level line is no error."""
    assert svg.ticks(0.3, 0.52) == [0.3, 0.35, 0.4, 0.45, 0.5, 0.55]
    assert svg.ticks(-3, 12) == [-5, 0, 5, 10, 15]
    assert svg.ticks(2, 2)[0] < 2 < svg.ticks(2, 2)[-1]
    assert svg.chart("t", [svg.Line((svg.Point(0, math.nan),), 0)], "x") == ""
    assert "<circle" in svg.chart("t", [svg.Line((svg.Point(5, 1.0),), 0)], "x")
    level = svg.chart("t", [svg.Line(tuple(svg.Point(x, 0.0) for x in range(3)), 0)], "x")
    assert statistics.fmean(float(y) for y in re.search(r'points="([^"]+)"', level)[1].replace(",", " ").split()[1::2])  # type: ignore[index]
    wide = svg.chart("t", [svg.Line((svg.Point(0, 0.9, 0.2, 3.0),), 0, dots=True)], "x", True, scale=100, clip=(0, 1))
    assert ">100<" in wide and ">120<" not in wide
