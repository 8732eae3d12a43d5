"""Line charts as SVG markup, without a library. Colours are classes, so that the page's style decides them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

Scale = Callable[[float], float]
"""From a value to its position in pixels."""

WIDTH, HEIGHT = 460, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 34


@dataclass(frozen=True)
class Point:
    """low, high: ends of the interval, NaN without one. tip: text shown under the pointer."""

    x: float
    y: float
    low: float = math.nan
    high: float = math.nan
    tip: str = ""


@dataclass(frozen=True)
class Line:
    """colour: number of a colour of the style, 0 to 7. dots: marks every point. thin: one of several lines of a kind."""

    points: tuple[Point, ...]
    colour: int
    dots: bool = False
    thin: bool = False
    dashed: bool = False


def chart(
    title: str,
    lines: Sequence[Line],
    x_name: str,
    whole_x: bool = False,
    borders: Sequence[float] = (),
    scale: float = 1.0,
    clip: tuple[float, float] = (-math.inf, math.inf),
) -> str:
    """Draws a chart; returns "" if there is no point.

    whole_x: puts a tick at every whole x. borders: x of vertical lines. scale: factor of the y values shown. clip: the range
    of possible values, beyond which no interval is drawn.
    """
    lines = [replace(line, points=tuple(p for p in line.points if math.isfinite(p.y))) for line in lines]
    points = [p for line in lines for p in line.points]
    if not points:
        return ""
    ends = [v * scale for p in points for v in (p.y, _clip(p.low, clip), _clip(p.high, clip)) if math.isfinite(v)]
    y_ticks = ticks(min(ends), max(ends))
    bottom, top = min(*ends, y_ticks[0]), max(*ends, y_ticks[-1])
    xs = sorted({p.x for p in points} | set(borders))
    first, last = (xs[0] - 0.3, xs[-1] + 0.3) if whole_x else (xs[0], xs[-1] if xs[-1] > xs[0] else xs[0] + 1)

    def at_x(x: float) -> float:
        return _LEFT + (x - first) / (last - first) * (WIDTH - _LEFT - _RIGHT)

    def at_y(y: float) -> float:
        return HEIGHT - _BOTTOM - (y * scale - bottom) / ((top - bottom) or 1) * (HEIGHT - _TOP - _BOTTOM)

    out = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">']
    for value in y_ticks:
        y = at_y(value / scale)
        out.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        out.append(f'<text class="tick" text-anchor="end" x="{_LEFT - 6}" y="{y + 4:.1f}">{number(value)}</text>')
    for border in borders:
        x = at_x(border)
        out.append(f'<line class="border" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>')
    for value in range(math.ceil(first), math.floor(last) + 1) if whole_x else ticks(first, last):
        if first <= value <= last:
            out.append(
                f'<text class="tick" text-anchor="middle" x="{at_x(value):.1f}" y="{HEIGHT - _BOTTOM + 16}">{number(value)}</text>'
            )
    out.append(f'<text class="axis" text-anchor="end" x="{WIDTH - _RIGHT}" y="{HEIGHT - 3}">{escape(x_name)}</text>')
    for index, line in enumerate(lines):
        shift = 7 * (index - (len(lines) - 1) / 2) if whole_x else 0.0
        out.extend(_line(line, at_x, at_y, shift, clip))
    return "".join(out) + "</svg>"


def _line(line: Line, at_x: Scale, at_y: Scale, shift: float, clip: tuple[float, float]) -> Iterator[str]:
    classes = f"c{line.colour % 8}{' thin' if line.thin else ''}{' dashed' if line.dashed else ''}"
    yield f'<g class="{classes}">'
    if len(line.points) > 1:
        corners = " ".join(f"{at_x(p.x) + shift:.1f},{at_y(p.y):.1f}" for p in line.points)
        yield f'<polyline points="{corners}"/>'
    for p in line.points if line.dots or len(line.points) == 1 else ():
        x, y = at_x(p.x) + shift, at_y(p.y)
        yield f"<g><title>{escape(p.tip)}</title>"
        if math.isfinite(p.low):
            low, high = at_y(_clip(p.low, clip)), at_y(_clip(p.high, clip))
            yield f'<line class="range" x1="{x:.1f}" x2="{x:.1f}" y1="{low:.1f}" y2="{high:.1f}"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/></g>'
    yield "</g>"


def ticks(low: float, high: float, steps: int = 5) -> list[float]:
    """Round numbers that cover low to high in about so many steps of 1, 2, 2.5 or 5 times a power of ten."""
    if not high > low:
        low, high = low - (abs(low) * 0.1 or 1), high + (abs(high) * 0.1 or 1)
    rough = (high - low) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    return [round(i * step, 12) for i in range(math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9) + 1)]


def number(value: float) -> str:
    """A number in short: '12', '0.25', '3.1e-06', '12k'."""
    if value and (abs(value) >= 1e5 or abs(value) < 1e-3):
        return f"{value:.2g}"
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value / 1000:g}k"


def _clip(value: float, clip: tuple[float, float]) -> float:
    return value if math.isnan(value) else min(max(value, clip[0]), clip[1])
