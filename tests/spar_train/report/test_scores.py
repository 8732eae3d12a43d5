"""Scores on the page: changes since the start, charts, numbers."""

from __future__ import annotations

from pathlib import Path

import loop_folders as folders

from spar_train.report.load import load
from spar_train.report.page import render


def _page(*loops: Path) -> str:
    return render([load(folder) for folder in loops]).partition("<main>")[2]


def test_a_folder_without_evaluations(tmp_path: Path) -> None:
    folder = folders.loop(tmp_path / "a", iterations=0)
    (folder / "iteration-0/eval/fresh/results.json").unlink()
    assert "No evaluation in these folders." in _page(folder)


def test_changes_say_whether_they_are_clear_of_0(tmp_path: Path) -> None:
    text = _page(folders.loop(tmp_path / "a", gain=0.3))
    assert '<th>spar: prompt-strict</th><td class="num">0 → 3</td>' in text
    assert ">above 0<" in text and ">paired by prompt, Newcombe<" in text
    assert "not clear of 0" not in text
    same = _page(folders.loop(tmp_path / "b", gain=0.0))
    assert ">no prompt differs: no interval<" in same or ">not clear of 0<" in same


def test_numbers_name_runs_items_and_method(tmp_path: Path) -> None:
    one = _page(folders.loop(tmp_path / "a", iterations=1))
    assert ">1 of 1<" in one and ">Wilson, 40 items<" in one
    assert "are over seeds" not in one
    both = _page(tmp_path / "a", folders.loop(tmp_path / "b", seed=1, iterations=1))
    assert ">2 of 2<" in both and "Student&#x27;s t over 2 runs" in both and "intervals are over seeds" in both
    assert "<title>spar, iteration 0: 30.0%, n = 2 (equal in all 2 runs: no interval)</title>" in both
