"""Bytes and durations as text."""

from __future__ import annotations

from spar_train.planning.devices import GIB


def format_bytes(number: float) -> str:
    """'12.3 GiB', '310.0 MiB'."""
    return f"{number / GIB:,.1f} GiB" if number >= GIB else f"{number / 2**20:,.1f} MiB"


def format_duration(seconds: float) -> str:
    """'2 h 5 min', '3 min 20 s', '2.5 days'."""
    if seconds >= 48 * 3600:
        return f"{seconds / 86400:,.1f} days"
    seconds = round(seconds)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
