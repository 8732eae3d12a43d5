"""The counts of a run: samples, tokens, money and time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from spar_data.models.requests import Answer, Completion
from spar_data.models.spending.prices import cost


@dataclass
class Tally:
    """Counts of one phase and one model, in samples.

    model       the name that prices and reports use.
    total       samples in all; None while the number is not known.
    cached      samples that were stored before; done: new answers; failed: failures by cause.
    not_asked   samples that the budget did not suffice for; stopped: how much was spent then, else "".
    note        what the backend is doing, for the progress line.
    """

    model: str
    total: int | None = None
    cached: int = 0
    done: int = 0
    failed: Counter[str] = field(default_factory=Counter)
    not_asked: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    retries: int = 0
    note: str = ""
    stopped: str = ""
    started: float = field(default_factory=time.monotonic)
    ended: float | None = None

    @property
    def seconds(self) -> float:
        return max((self.ended or time.monotonic()) - self.started, 1e-9)

    @property
    def finished(self) -> int:
        return self.cached + self.done + self.failed.total() + self.not_asked

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.completion_tokens

    @property
    def usd(self) -> float | None:
        """The cost at list prices; None if the model has no known price."""
        return cost(self.model, self.prompt_tokens, self.completion_tokens)

    def projected(self) -> tuple[float | None, float | None]:
        """(seconds left, USD at the end), from the mean of what was asked so far; None where nothing is known."""
        calls = self.done + self.failed.total()
        if not calls or self.total is None:
            return None, None
        remaining = (self.total - self.finished) / calls  # in units of what was done
        usd = self.usd
        return remaining * self.seconds, None if usd is None else usd * (1 + remaining)

    def add(self, answer: Answer) -> None:
        if isinstance(answer, Completion):
            self.done += 1
        else:
            self.failed[answer.cause] += 1
        self.prompt_tokens += answer.prompt_tokens
        self.completion_tokens += answer.completion_tokens

    def to_dict(self) -> dict[str, Any]:
        """The machine-readable summary."""
        return {
            "model": self.model,
            "answers": {
                "stored before": self.cached,
                "new": self.done,
                "failed": self.failed.total(),
                "not asked": self.not_asked,
            },
            "failures": dict(sorted(self.failed.items())),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "usd": self.usd,
            "retries": self.retries,
            "seconds": round(self.seconds, 3),
            "completion_tokens_per_second": round(self.completion_tokens / self.seconds, 1),
            "stopped": self.stopped,
        }


def add_tallies(tallies: Sequence[Tally]) -> Tally:
    """One tally for several models. Its cost is unknown unless they all have the same name."""
    names = list(dict.fromkeys(tally.model for tally in tallies))
    combined = Tally(" + ".join(names) or "no model")
    for tally in tallies:
        combined.failed.update(tally.failed)
        for name in ("cached", "done", "not_asked", "prompt_tokens", "completion_tokens", "retries"):
            setattr(combined, name, getattr(combined, name) + getattr(tally, name))
        combined.stopped = combined.stopped or tally.stopped
        combined.started = min(combined.started, tally.started)
    ends = [tally.ended for tally in tallies if tally.ended is not None]
    combined.ended = max(ends) if len(ends) == len(tallies) and ends else None
    return combined
