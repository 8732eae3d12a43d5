"""The picture of a release: its funnel and the balance of its constraint types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spar_data.prompts.taxonomy import Taxonomy

_KEPT, _LOST, INK = "#2a6f97", "#d9dee3", "#22303c"
GROUPS = ("#2a6f97", "#c8553d", "#588b8b", "#8d6b94", "#b08968")


def overview(manifest: dict[str, Any], taxonomy: Taxonomy, path: Path) -> None:
    """Draws the funnel (left) and the constraints per type (right) into a PNG file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # no pyplot: it is slow to import and keeps state
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5.4), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_funnel(left, manifest["funnel"])
    _draw_balance(right, manifest["balance"], taxonomy)
    for axes in (left, right):
        axes.invert_yaxis()
        axes.set_xticks([])
        axes.tick_params(left=False, labelsize=10, labelcolor=INK)
        for side in axes.spines.values():
            side.set_visible(False)
    figure.suptitle(f"{manifest['name']} {manifest['version']}", fontsize=13, color=INK)
    path.parent.mkdir(parents=True, exist_ok=True)
    FigureCanvasAgg(figure).print_png(str(path), metadata={"Software": None})


def draw_funnel(axes: Any, steps: list[dict[str, Any]]) -> None:
    top = max(step["entered"] for step in steps)
    for y, step in enumerate(steps):
        lost = step["entered"] - step["kept"]
        axes.barh(y, step["kept"], color=_KEPT, height=0.72)
        axes.barh(y, lost, left=step["kept"], color=_LOST, height=0.72)
        label = f"{step['kept']:,}" + (f"  (−{lost:,})" if lost else "")
        axes.text(step["entered"] + top * 0.012, y, label, va="center", fontsize=9.5, color=INK)
    axes.set_yticks(range(len(steps)), [step["stage"] for step in steps])
    axes.set_xlim(0, top * 1.22)
    axes.set_title("Rows kept by each stage (removed in grey)", fontsize=11, color=INK, loc="left")


def _draw_balance(axes: Any, balance: dict[str, Any], taxonomy: Taxonomy) -> None:
    counts = balance["types"] if balance["constraints"] else balance["drawn"]
    what = "Constraints per type" if balance["constraints"] else "Main constraint drawn, by type"
    colour = {t.id: GROUPS[i % len(GROUPS)] for i, group in enumerate(taxonomy.groups) for t in group.types}
    top = max(1, *counts.values())
    for y, (name, count) in enumerate(counts.items()):
        axes.barh(y, count, color=colour[name], height=0.72)
        axes.text(count + top * 0.012, y, f"{count:,}", va="center", fontsize=9.5, color=INK)
    axes.set_yticks(range(len(counts)), list(counts))
    axes.set_xlim(0, top * 1.12)
    axes.set_title(what, fontsize=11, color=INK, loc="left")
