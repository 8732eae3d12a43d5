"""Draws a tree: nodes by depth, V as number and colour, a bold path to the result, and below it the changes of each step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.selfplay.records import Node
from spar_data.selfplay.search.read_trees import best, path_to
from spar_data.selfplay.search.tree_text import MARKS, word_changes

_INK, _FAINT, _NONE = "#22303c", "#b8c2cb", "#ffffff"
_LOW, _MIDDLE, _HIGH = (200, 85, 61), (233, 196, 106), (58, 134, 96)
_RADIUS = 0.2  # inches of a refinement
_SLOT = 0.62  # inches of width for a leaf
_LEVEL = 1.25  # inches between two levels
_LINE, _SIGN = 0.155, 0.0669  # inches of a line of changes, and of one of its signs
_LINES = 60  # of changes at most
_COLOURS = {"-": "#a63a24", "+": "#1f6b49", " ": _INK}


def draw(nodes: Sequence[Node], file: Path) -> None:
    """Writes a PNG or SVG. Raises SparError for another ending."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # no pyplot: it is slow to import and keeps state
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    if file.suffix not in (".png", ".svg"):
        raise SparError(f"--picture {file}: a file that ends in .png or .svg is expected")
    places, width = _places(nodes)
    depth = max(node.depth for node in nodes)
    result = best(nodes)
    steps = path_to(nodes, result) if result else []
    on_path = {node.node for node in steps}
    size = (max(9.0 if steps else 5.6, width * _SLOT + 0.9), 1.65 + depth * _LEVEL)
    lines = _change_lines(nodes, steps, int((size[0] - 0.3) / _SIGN))
    below = _LINE * len(lines) + 0.2 if lines else 0.0
    height = size[1] + below
    figure = Figure(figsize=(size[0], height), dpi=min(110.0, 30_000 / max(size[0], height)))
    axes = figure.add_axes((0, below / height, 1, size[1] / height))
    _write_changes(figure, lines, (size[0], height))
    for node in nodes[1:]:
        bold = node.node in on_path
        (x, y), (above_x, above_y) = places[node.node], places[node.parent]
        axes.plot(
            [above_x, x], [above_y, y], color=_INK if bold else _FAINT, linewidth=2.4 if bold else 1.0, zorder=2 if bold else 1,
            solid_capstyle="round",
        )  # fmt: skip
    for node in nodes:
        draw_one = _draw_root if not node.node else _draw_problem if node.problem else _draw_refinement
        draw_one(axes, node, places[node.node], node.node in on_path)
    _write_captions(axes, nodes, result, size)
    across = [x for x, _ in places.values()]
    spare = (size[0] - (max(across) - min(across))) / 2
    axes.set_xlim(min(across) - spare, max(across) + spare)
    axes.set_ylim(-depth * _LEVEL - 0.85, 0.8)
    axes.set_aspect("equal")
    axes.axis("off")
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.suffix == ".png":
        FigureCanvasAgg(figure).print_png(str(file), metadata={"Software": None})
    else:
        FigureCanvasSVG(figure).print_svg(str(file), metadata={"Date": None, "Creator": None})


def _change_lines(nodes: Sequence[Node], steps: Sequence[Node], room: int) -> list[list[tuple[str, str]]]:
    """A heading and the changes of every step, as lines of (sign, piece) with at most `room` characters each."""
    lines: list[list[tuple[str, str]]] = []
    for node in steps[1:]:
        lines += [[("#", f"node {node.node} from {node.parent or 'the negative'}")], []]
        for kind, words in word_changes(nodes[node.parent].text, node.text):
            for number, part in enumerate(MARKS[kind].format(words).split("\n")):
                if number:
                    lines.append([])
                for word in re.findall(r"\S+\s*|\s+", part):
                    used = sum(len(piece) for _, piece in lines[-1])
                    if used and used + len(word.rstrip()) > room:
                        lines.append([])
                    lines[-1] += [(kind, word[at : at + room]) for at in range(0, len(word), room)]
        lines = [line for line in lines if line]
    return lines if len(lines) <= _LINES else [*lines[:_LINES], [("#", f"... {len(lines) - _LINES:,} more lines")]]


def _write_changes(figure: Any, lines: list[list[tuple[str, str]]], size: tuple[float, float]) -> None:
    for number, line in enumerate(lines):
        x, y = 0.15, _LINE * (len(lines) - number) + 0.1
        for kind, piece in line:
            style = {"color": _INK, "weight": "bold"} if kind == "#" else {"color": _COLOURS[kind]}
            text = piece.rstrip().replace("$", r"\$")  # no formulas
            figure.text(x / size[0], y / size[1], text, family="monospace", fontsize=8, va="top", **style)
            x += _SIGN * len(piece)


def _places(nodes: Sequence[Node]) -> tuple[dict[int, tuple[float, float]], int]:
    """x and y of each node in inches, and the number of leaves. Leaves are side by side, a parent is centred above its
    children."""
    children: dict[int, list[int]] = {node.node: [] for node in nodes}
    for node in nodes[1:]:
        children[node.parent].append(node.node)
    x: dict[int, float] = {}
    leaves = 0
    for at in _depth_first(children):
        if not children[at]:
            x[at] = leaves * _SLOT
            leaves += 1
    for at in reversed(range(len(nodes))):  # children have higher numbers than their parent
        if children[at]:
            x[at] = sum(x[child] for child in children[at]) / len(children[at])
    return {node.node: (x[node.node], -node.depth * _LEVEL) for node in nodes}, leaves


def _depth_first(children: dict[int, list[int]]) -> list[int]:
    order, stack = [], [0]
    while stack:
        order.append(stack.pop())
        stack += reversed(children[order[-1]])
    return order


def _draw_root(axes: Any, node: Node, place: tuple[float, float], bold: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = place
    box = FancyBboxPatch(
        (x - 0.42, y - _RADIUS), 0.84, 2 * _RADIUS, boxstyle="round,pad=0,rounding_size=0.1", facecolor=_NONE,
        edgecolor=_INK, linewidth=2.4 if bold else 1.0, zorder=3,
    )  # fmt: skip
    axes.add_patch(box)
    axes.text(x, y - 0.005, "negative", ha="center", va="center", fontsize=8.5, color=_INK, zorder=4)


def _draw_problem(axes: Any, node: Node, place: tuple[float, float], bold: bool) -> None:
    """Draws a small crossed circle."""
    from matplotlib.patches import Circle

    x, y = place
    axes.plot([x - 0.07, x + 0.07], [y - 0.07, y + 0.07], color=_INK, linewidth=1.2, zorder=4)
    axes.plot([x - 0.07, x + 0.07], [y + 0.07, y - 0.07], color=_INK, linewidth=1.2, zorder=4)
    axes.add_patch(Circle((x, y), 0.13, facecolor=_NONE, edgecolor=_FAINT, linewidth=1.0, zorder=3))
    label = f"{_name(node)} {node.problem.partition(':')[0].replace('copy of node', '=')}"
    axes.text(x, y - 0.2, label, ha="center", va="top", fontsize=6.2, color=_INK, zorder=4)


def _draw_refinement(axes: Any, node: Node, place: tuple[float, float], bold: bool) -> None:
    """Draws a circle with V as number and colour; a dashed one if there is no V."""
    from matplotlib.patches import Circle

    (x, y), value = place, node.votes.value
    edge, linewidth = (_INK, 2.4) if bold else (_FAINT, 1.0)
    face, ink = _colours(value)
    style = "solid" if value is not None else (0, (3, 2))
    circle = Circle((x, y), _RADIUS, facecolor=face, edgecolor=edge, linewidth=linewidth, linestyle=style, zorder=3)
    axes.add_patch(circle)
    text = f"{value:.2f}".removeprefix("0") if value is not None and value < 1 else "1" if value else "–"
    weight = "bold" if bold else None
    axes.text(x, y - 0.005, text, ha="center", va="center", fontsize=9, color=ink, zorder=4, weight=weight)
    below = _name(node) if value is not None else f"{_name(node)} {node.votes.verdict}"
    free = {"facecolor": _NONE, "edgecolor": "none", "pad": 0.6}  # no line runs through the number
    axes.text(x, y - _RADIUS - 0.06, below, ha="center", va="top", fontsize=6.8, color=_INK, zorder=3, bbox=free)


def _name(node: Node) -> str:
    return f"{node.node} rules" if node.by_rules else str(node.node)


def _colours(value: float | None) -> tuple[str, str]:
    """Red at 0, yellow at 0.5, green at 1, and an ink that can be read on it."""
    if value is None:
        return _NONE, _INK
    one, other, share = (_LOW, _MIDDLE, 2 * value) if value <= 0.5 else (_MIDDLE, _HIGH, 2 * value - 1)
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    dark = 0.299 * red + 0.587 * green + 0.114 * blue < 140
    return f"#{red:02x}{green:02x}{blue:02x}", "#ffffff" if dark else _INK


def _write_captions(axes: Any, nodes: Sequence[Node], result: Node | None, size: tuple[float, float]) -> None:
    room = int(size[0] * 14)
    prompt = " ".join(nodes[0].prompt.split()).replace("$", r"\$")  # no formulas
    prompt = prompt if len(prompt) <= room else prompt[: room - 3] + "..."
    axes.text(0.02, 0.985, prompt, transform=axes.transAxes, ha="left", va="top", fontsize=8.5, color=_INK)
    tokens = sum(node.refine_tokens + node.judge_tokens for node in nodes)
    end = f"result: node {result.node}" if result else nodes[0].problem or "no result"
    count = len(nodes) - 1
    line = f"{nodes[0].tree}   {count} refinement{'s' * (count != 1)}, {tokens:,} tokens, {end}"
    axes.text(0.02, 0.02, line, transform=axes.transAxes, ha="left", va="bottom", fontsize=7.5, color=_INK)
