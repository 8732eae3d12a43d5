"""Progress on the error stream: a live bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

_EVERY = 10.0  # seconds between plain lines


class Meter:
    """Counts rows per phase: call it with (phase, rows)."""

    def __init__(self, bar: Progress | None) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}
        self._done: dict[str, int] = {}
        self._said = time.monotonic()
        self._started: dict[str, float] = {}

    def __call__(self, phase: str, rows: int) -> None:
        now = time.monotonic()
        self._started.setdefault(phase, now)
        self._done[phase] = self._done.get(phase, 0) + rows
        rate = self._done[phase] / max(now - self._started[phase], 1e-9)
        line = f"{phase}: {self._done[phase]:,} rows" + (f", {rate:,.0f}/s" if now - self._started[phase] > 1 else "")
        if self._bar:
            if phase not in self._tasks:
                self._tasks[phase] = self._bar.add_task(phase, total=None)
            self._bar.update(self._tasks[phase], description=line)
        elif now - self._said > _EVERY:
            self._said = now
            sys.stderr.write(line + "\n")


@contextmanager
def meter() -> Iterator[Meter]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Meter(None)
        return
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console, transient=True
    ) as bar:
        yield Meter(bar)
