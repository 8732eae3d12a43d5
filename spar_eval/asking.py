"""The model calls of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spar_data.models import Budget, Limits, Store, silent
from spar_data.models.phases import Reports, Rounds
from spar_data.models.store import open_store


@contextmanager
def open_rounds(
    store: Store | Path | str | None = None, limits: Limits | Budget = Limits(), reports: Reports = lambda phase: silent
) -> Iterator[Rounds]:
    """The phases of an evaluation, with one store and one budget. store: as in `open_store`."""
    with open_store(store) as opened:
        yield Rounds(opened, limits, reports)
