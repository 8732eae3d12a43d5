"""Charts that both kinds of release share: a PNG with the funnel on the left and a chart of its own on the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#22303c"
GROUPS = ("#2a6f97", "#c8553d", "#588b8b", "#8d6b94", "#b08968")
_KEPT, _LOST = "#2a6f97", "#d9dee3"


def write_overview(
    path: Path,
    title: str,
    steps: list[dict[str, Any]],
    draw_right: Callable[[Axes], None],
    height: float,
    widths: Sequence[float] = (1, 1),
) -> None:
    """Writes the picture of a release.

    steps: the funnel of the manifest. draw_right: draws into the right axes. widths: of left and right, relative.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # no pyplot: it is slow to import and keeps state
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, height), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, gridspec_kw={"width_ratios": widths})
    _draw_funnel(left, steps)
    draw_right(right)
    figure.suptitle(title, fontsize=13, color=INK)
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure).print_png(str(path), metadata={"Software": None})


def finish_bars(axes: Axes, title: str, names: Sequence[str], right: float) -> None:
    """Adds title and names to horizontal bars, the first bar on top, and removes frame and numbers. right: end of the axis."""
    axes.set_yticks(range(len(names)), names)
    axes.set_xlim(0, right)
    axes.set_title(title, fontsize=11, color=INK, loc="left")
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.tick_params(left=False, labelsize=10, labelcolor=INK)
    for side in axes.spines.values():
        side.set_visible(False)


def _draw_funnel(axes: Axes, steps: list[dict[str, Any]]) -> None:
    top = max(step["entered"] for step in steps)
    for y, step in enumerate(steps):
        lost = step["entered"] - step["kept"]
        axes.barh(y, step["kept"], color=_KEPT, height=0.72)
        axes.barh(y, lost, left=step["kept"], color=_LOST, height=0.72)
        label = f"{step['kept']:,}" + (f"  (−{lost:,})" if lost else "")
        axes.text(step["entered"] + top * 0.012, y, label, va="center", fontsize=9.5, color=INK)
    finish_bars(axes, "Rows kept by each stage (removed in grey)", [step["stage"] for step in steps], top * 1.22)
