"""The picture of a release: equal input gives equal bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spar_data.release.charts import finish_bars, write_overview

STEPS = [{"stage": "read", "entered": 10, "kept": 10}, {"stage": "length", "entered": 10, "kept": 7}]


def test_the_funnel_stands_beside_the_own_chart(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    labels: list[str] = []

    def draw_right(axes: Any) -> None:
        axes.barh(0, 3)
        finish_bars(axes, "right", ["one"], 4)
        left = axes.figure.axes[0]
        labels.extend(text.get_text() for text in left.texts)
        labels.extend(tick.get_text() for tick in left.get_yticklabels())
        assert not any(side.get_visible() for side in axes.spines.values()) and axes.yaxis_inverted()

    for name in ("a", "b"):
        write_overview(tmp_path / "below" / f"{name}.png", "title", STEPS, draw_right, height=4)
    assert labels[:4] == ["10", "7  (−3)", "read", "length"]
    first, second = ((tmp_path / "below" / f"{name}.png").read_bytes() for name in ("a", "b"))
    assert first == second and first.startswith(b"\x89PNG")
