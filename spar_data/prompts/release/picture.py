"""The picture of a prompt release: its funnel and the balance of its constraint types."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from spar_data.prompts.taxonomy import Taxonomy
from spar_data.release.charts import GROUPS, INK, finish_bars, write_overview
from spar_data.release.load import Manifest

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def overview(manifest: Manifest, taxonomy: Taxonomy, path: Path) -> None:
    """Draws the funnel (left) and the constraints per type (right) into a PNG file."""
    draw_balance = functools.partial(_draw_balance, balance=manifest["balance"], taxonomy=taxonomy)
    write_overview(path, f"{manifest['name']} {manifest['version']}", manifest["funnel"], draw_balance, height=5.4)


def _draw_balance(axes: Axes, balance: Manifest, taxonomy: Taxonomy) -> None:
    counts = balance["types"] if balance["constraints"] else balance["drawn"]
    title = "Constraints per type" if balance["constraints"] else "Main constraint drawn, by type"
    colour = {t.id: GROUPS[i % len(GROUPS)] for i, group in enumerate(taxonomy.groups) for t in group.types}
    top = max(1, *counts.values())
    for y, (name, count) in enumerate(counts.items()):
        axes.barh(y, count, color=colour[name], height=0.72)
        axes.text(count + top * 0.012, y, f"{count:,}", va="center", fontsize=9.5, color=INK)
    finish_bars(axes, title, list(counts), top * 1.12)
