"""The picture of a self-play release: its funnel, and the similarity of the sides of its pairs."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spar_data.release.charts import GROUPS, INK, write_overview

_BINS = 20


def overview(name: str, funnel: list[dict[str, Any]], characters: Mapping[str, list[float]], path: Path) -> None:
    """Draws the funnel (left) and, for each recipe, a histogram of the similarity of sides (right) into a PNG file."""
    draw_similarity = functools.partial(_draw_similarity, characters=characters)
    write_overview(path, name, funnel, draw_similarity, height=4.8, widths=(1.25, 1))


def _draw_similarity(axes: Any, characters: Mapping[str, list[float]]) -> None:
    """Shares, not numbers, so that recipes of different size can be compared; the line is the mean."""
    axes.set_title("Similarity of chosen and rejected (characters)", fontsize=11, color=INK, loc="left")
    for number, (recipe, values) in enumerate(characters.items()):
        colour = GROUPS[number % len(GROUPS)]
        shares = [100 / len(values)] * len(values)
        mean = sum(values) / len(values)
        label = f"{recipe}: {len(values):,} pair{'s' * (len(values) != 1)}, mean {mean:.2f}"
        axes.hist(values, bins=_BINS, range=(0, 1), weights=shares, color=colour, alpha=0.45, label=label)
        axes.axvline(mean, color=colour, linewidth=1.6)
    axes.set_xlim(0, 1)
    axes.set_xlabel("0: nothing in common, 1: equal", fontsize=10, color=INK)
    axes.set_ylabel("% of the pairs", fontsize=10, color=INK)
    axes.tick_params(labelsize=9, labelcolor=INK)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if characters:
        axes.legend(
            frameon=False, fontsize=9.5, labelcolor=INK, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2
        )
    else:
        axes.text(0.5, 0.5, "no pairs in this release", ha="center", color=INK)
