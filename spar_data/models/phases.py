"""The phases of a run: they ask one after the other, and share one budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from spar_data.models.ask import ask_all, complete
from spar_data.models.requests import Answer, AnyModel, Request
from spar_data.models.session import Report, silent
from spar_data.models.spending.budget import Budget
from spar_data.models.spending.limits import Limits
from spar_data.models.spending.tally import Tally
from spar_data.models.store import Store, open_store

Reports = Callable[[str], Report]


class Phases:
    """Asks models phase by phase, through the store, so that a run can be resumed.

    Once the budget is spent, later phases only read stored answers. tallies: of every phase so far, with its name.
    """

    def __init__(
        self, store: Store, limits: Limits | Budget = Limits(), reports: Reports = lambda phase: silent
    ) -> None:
        self.tallies: list[tuple[str, Tally]] = []
        self._store, self._budget, self._reports = store, Budget.of(limits), reports

    def ask(self, phase: str, model: AnyModel, requests: Sequence[Request]) -> list[list[Answer]]:
        """The answers to the requests, in order. Raises SparError for what would fail every request."""
        if not requests:
            return []
        answers, tally = complete(model, requests, self._store, self._budget, self._reports(phase))
        self.tallies.append((phase, tally))
        return answers

    def send(self, phase: str, model: AnyModel, requests: Iterable[Request], total: int | None = None) -> None:
        """The same for more answers than memory holds: they are left in the store, where `read` finds them."""
        tally = ask_all(model, requests, self._store, self._budget, self._reports(phase), total)
        self.tallies.append((phase, tally))

    def run(self, phase: str, work: Callable[[Store, Budget, Report], Mapping[AnyModel, Tally]]) -> None:
        """A phase that asks in its own way. work: returns the tally of each model."""
        tallies = work(self._store, self._budget, self._reports(phase))
        self.tallies += [(phase, tally) for tally in tallies.values()]

    @property
    def stopped(self) -> str:
        """Why the budget allows no further call, else ""."""
        return self._budget.stopped


@contextmanager
def open_phases(
    store: Store | Path | str | None = None, limits: Limits | Budget = Limits(), reports: Reports = lambda phase: silent
) -> Iterator[Phases]:
    """The phases of a run with their store: an open one, the one in a file, or a temporary one for None."""
    with open_store(store) as opened:
        yield Phases(opened, limits, reports)
