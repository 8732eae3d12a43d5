"""Progress on the error stream: live lines on a terminal, a plain line every ten seconds elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from spar_data.models.session import Report
from spar_data.models.spending.tally import Tally
from spar_data.models.summary import line

_EVERY = 10.0  # seconds between plain lines


class Meter:
    """Counts rows per phase: call it with (phase, rows)."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}
        self._done: dict[str, int] = {}
        self._last_line = time.monotonic()
        self._started: dict[str, float] = {}

    def __call__(self, phase: str, rows: int) -> None:
        now = time.monotonic()
        self._started.setdefault(phase, now)
        self._done[phase] = self._done.get(phase, 0) + rows
        rate = self._done[phase] / max(now - self._started[phase], 1e-9)
        text = f"{self._done[phase]:,} rows" + (f", {rate:,.0f}/s" if now - self._started[phase] > 1 else "")
        self.show(phase, text, None, None)

    def calls(self, phase: str) -> Report:
        """The report for a phase that calls a model."""

        def report(tally: Tally) -> None:
            self.show(phase, line(tally), tally.finished, tally.total)

        return report

    def show(self, phase: str, text: str, done: int | None, total: int | None) -> None:
        """Shows one line of a phase. done, total: the state of its bar."""
        if self._bar:
            if phase not in self._tasks:
                self._tasks[phase] = self._bar.add_task(phase, total=None)
            self._bar.update(self._tasks[phase], description=f"{phase}: {text}", completed=done, total=total)
        elif time.monotonic() - self._last_line > _EVERY:
            self._last_line = time.monotonic()
            sys.stderr.write(f"{phase}: {text}\n")


@contextmanager
def meter() -> Iterator[Meter]:
    """Yields a meter that fits the error stream."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Meter(None)
        return
    columns = (SpinnerColumn(), BarColumn(bar_width=20), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        yield Meter(bar)
