"""Progress without a terminal: a plain line, but not for every batch."""

from __future__ import annotations

import pytest

from spar_data.cli import progress


def test_plain_lines_are_rare(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    with progress.meter() as meter:
        for _ in range(25):
            clock[0] += 1.0
            meter("filter", 100)
    out, err = capsys.readouterr()
    assert out == "" and err.splitlines() == ["filter: 1,100 rows, 110/s", "filter: 2,200 rows, 105/s"]


def test_an_empty_run_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.meter():
        pass
    assert capsys.readouterr() == ("", "")
