"""The counts of a run in words."""

from __future__ import annotations

import time

import pytest

from spar_data.models import Tally
from spar_data.models.summary import closing, duration, line


def test_progress_and_closing_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    tally = Tally("gpt-4o-mini", total=5000, cached=1000, done=990, prompt_tokens=10**6, completion_tokens=10**6)
    tally.failed["length"] = 10
    tally.started = time.monotonic() - 100
    assert line(tally).startswith(
        "2,000 of 5,000 samples, 10 failed, 1,000 stored before, 10,000 tokens/s, 0.7500 USD of about 3.0000, 5 min left"
    )
    tally.ended = tally.started + 100
    assert tally.to_dict()["failures"] == {"length": 10} and tally.to_dict()["usd"] == pytest.approx(0.75)
    assert "failed: 10 x length" in closing(tally)
    assert [duration(s) for s in (8.2, 720, 11_100)] == ["8 s", "12 min", "3 h 05 min"]
