"""The model calls of an evaluation."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spar_data.models import Budget, Limits, Store, silent
from spar_data.models.phases import Reports, Rounds


@contextmanager
def open_rounds(
    store: Store | Path | str | None = None, limits: Limits | Budget = Limits(), reports: Reports = lambda phase: silent
) -> Iterator[Rounds]:
    """The phases of an evaluation, with one store and one budget.

    store: an open one, or the file of one. Without a store, answers are kept until the end of the evaluation.
    """
    if isinstance(store, Store):
        yield Rounds(store, limits, reports)
        return
    with tempfile.TemporaryDirectory() as folder, Store(Path(store or Path(folder) / "completions.sqlite")) as opened:
        yield Rounds(opened, limits, reports)
