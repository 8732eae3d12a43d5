"""Training on the page: averaged curves, rows and times."""

from __future__ import annotations

from pathlib import Path

import loop_folders as folders
import pytest

from spar_train.report.load import load
from spar_train.report.page import render
from spar_train.report.training import _points, _summary


def test_many_steps_are_averaged() -> None:
    steps = [{"step": float(n), "loss": float(n)} for n in range(1, 101)]
    points = list(_points(steps, "loss", 1000.0))
    assert len(points) == 34 and (points[0].x, points[0].y, points[0].tip) == (1002.0, 2.0, "step 2: 2")
    assert (points[-1].x, points[-1].y) == (1100.0, 100.0)
    assert list(_points(steps, "margin", 0.0)) == []


def test_the_summary_compares_the_first_tenth_with_the_last() -> None:
    steps = [{"step": float(n), "loss": 1 - n / 20, "tokens": 100.0, "seconds": 2.0} for n in range(1, 21)]
    assert list(_summary(steps)) == ["20", "0.925 → 0.025", "", "", "2,000", "50", ""]
    steps = [
        {"step": 1.0, "tokens_per_s": 30.0, "memory_gb": 1.25},
        {"step": 2.0, "tokens_per_s": 50.0, "memory_gb": 1.5},
    ]
    assert list(_summary(steps)) == ["2", "", "", "", "", "40", "1.5 GB"]


def test_rows_and_times_are_means_over_runs(tmp_path: Path) -> None:
    made = [folders.loop(tmp_path / str(seed), seed=seed, iterations=1, steps=2) for seed in range(2)]
    (made[0] / "iteration-1/selfplay/run.json").write_text('{"funnel": {"prompts": 101}}')
    text = render([load(folder) for folder in made])
    assert "<th>spar, mean of 2 runs</th>" in text
    assert '<th>prompts</th><td class="num">150.5</td>' in text
    assert '<th>selfplay</th><td class="num"></td><td class="num">13 min 20 s</td>' in text
    assert text.index("<th>selfplay</th>") < text.index("<th>eval/fresh</th>") < text.index("<th>together</th>")


@pytest.mark.parametrize("role", ["actor", "refiner"])
def test_each_role_has_its_curves(role: str, tmp_path: Path) -> None:
    loop = load(folders.loop(tmp_path / "a", iterations=2, steps=3))
    assert f"<h2>Training of the {role}</h2>" in render([loop])
