"""Bytes and durations as text."""

from __future__ import annotations

import pytest

from spar_train.planning.text import format_bytes, format_duration


@pytest.mark.parametrize(
    ("seconds", "text"), [(41.6, "42 s"), (200, "3 min 20 s"), (2 * 3600 + 301, "2 h 5 min"), (216_000, "2.5 days")]
)
def test_durations(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_bytes() -> None:
    assert [format_bytes(n) for n in (310 * 2**20, 12.3 * 2**30)] == ["310.0 MiB", "12.3 GiB"]
