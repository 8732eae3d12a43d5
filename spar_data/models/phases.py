"""Several rounds of questions in one run: each is asked at once, and all of them share one budget."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

from spar_data.models import (
    Answer,
    Completion,
    Failure,
    Limits,
    Report,
    Request,
    Store,
    Tally,
    ask_all,
    complete,
    identify,
    missing,
    read,
)
from spar_data.models.session import silent

Reports = Callable[[str], Report]


class Rounds:
    """`ask(phase, spec, requests)` gives the answers in order, by way of the store, so that a run can be resumed. tallies:
    of every round so far, with its phase."""

    def __init__(self, store: Store, limits: Limits = Limits(), reports: Reports = lambda phase: silent) -> None:
        self.tallies: list[tuple[str, Tally]] = []
        self._store, self._limits, self._reports = store, limits, reports

    def ask(self, phase: str, spec: str, requests: Sequence[Request]) -> list[list[Answer]]:
        """Raises SparError for what would fail every request. Once the budget is spent only stored answers come back."""
        if not requests:
            return []
        stopped = self.stopped
        if not stopped:
            answers, tally = complete(spec, requests, self._store, self._left(), self._reports(phase))
            self.tallies.append((phase, tally))
            return answers
        who = identify(spec)
        answers = [
            [a if isinstance(a, Completion) else Failure("budget", stopped) for a in each]
            for each in read(who, requests, self._store)
        ]
        missing = sum(isinstance(a, Failure) for each in answers for a in each)
        tally = Tally(who.name, sum(r.n for r in requests), not_asked=missing, stopped=stopped if missing else "")
        tally.cached, tally.ended = (tally.total or 0) - missing, tally.started
        self.tallies.append((phase, tally))
        return answers

    def run(self, phase: str, work: Callable[[Store, Limits, Report], Mapping[str, Tally]]) -> None:
        """A round that asks in its own way, with what is left of the budget: once nothing is, it gets stored answers only.
        work: returns what each model took."""
        limits = dataclasses.replace(self._limits, max_tokens_total=1) if self.stopped else self._left()
        self.tallies += [(phase, tally) for tally in work(self._store, limits, self._reports(phase)).values()]

    def send(self, phase: str, spec: str, requests: Iterable[Request], total: int | None = None) -> None:
        """The same for more answers than memory holds: they are left in the store, where `read` finds them. Once the budget
        is spent nothing is asked."""
        stopped = self.stopped
        if not stopped:
            tally = ask_all(spec, requests, self._store, self._left(), self._reports(phase), total)
            tally.ended = tally.ended or tally.started  # everything was stored
            self.tallies.append((phase, tally))
            return
        who = identify(spec)
        tally = Tally(who.name, total, not_asked=sum(r.n for r in missing(who, requests, self._store)))
        tally.stopped, tally.ended = stopped if tally.not_asked else "", tally.started
        self.tallies.append((phase, tally))

    @property
    def stopped(self) -> str:
        """Why the budget allows no further call, else ""."""
        return next((tally.stopped for _, tally in self.tallies if tally.stopped), "") or self._spent()

    def _left(self) -> Limits:
        """The limits of the next round: what the earlier ones left over."""
        tokens, usd = self._used()
        limits = self._limits
        return dataclasses.replace(
            limits,
            max_tokens_total=limits.max_tokens_total and limits.max_tokens_total - tokens,
            max_cost=limits.max_cost and limits.max_cost - usd,
        )

    def _used(self) -> tuple[int, float]:
        tallies = [tally for _, tally in self.tallies]
        return (
            sum(t.prompt_tokens + t.completion_tokens for t in tallies),
            sum(t.usd or 0.0 for t in tallies),
        )

    def _spent(self) -> str:
        tokens, usd = self._used()
        limits = self._limits
        if (limits.max_tokens_total and tokens >= limits.max_tokens_total) or (
            limits.max_cost and usd >= limits.max_cost
        ):
            return f"budget: {tokens:,} tokens, {usd:.4f} USD used"
        return ""
