"""What a run may spend and what it has spent."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from spar_data.core.errors import SparError
from spar_data.models.prices import cost, price, usd
from spar_data.models.requests import Completion, Failure, Request, estimate_prompt


@dataclass(frozen=True)
class Limits:
    """How hard a model may be asked and how much may be spent.

    concurrency   calls in flight at most; fewer when the server asks for it. 0 = as many as the backend likes.
    rpm, tpm      requests and tokens (prompt and completion) per minute; 0 = no cap.
    deadline      seconds for one request, its retries included.
    attempts      how often a call is sent that fails in a way that can heal.
    max_tokens_total, max_cost   tokens and USD of this run; 0 = no cap. Stored answers are free.
    batch         use the provider's batch API (openai: only).
    """

    concurrency: int = 0
    rpm: int = 0
    tpm: int = 0
    deadline: float = 600.0
    attempts: int = 8
    max_tokens_total: int = 0
    max_cost: float = 0.0
    batch: bool = False

    def __post_init__(self) -> None:
        for name in ("concurrency", "rpm", "tpm", "max_tokens_total", "max_cost"):
            if getattr(self, name) < 0:
                raise SparError(f"{name} = {getattr(self, name)}: zero or more is expected")
        if self.attempts < 1:
            raise SparError(f"attempts = {self.attempts}: at least 1 is expected")
        if self.deadline <= 0:
            raise SparError(f"deadline = {self.deadline}: more than 0 seconds is expected")


@dataclass
class Tally:
    """Counts of a run, in samples. failed: by cause; not_asked: the budget was spent; total: None while it is not known.
    note: what the backend is at. usd: None if the model has no known price."""

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
    def usd(self) -> float | None:
        return cost(self.model, self.prompt_tokens, self.completion_tokens)

    def projected(self) -> tuple[float | None, float | None]:
        """(seconds left, USD at the end), from the mean of what was asked so far; None where nothing is known."""
        asked = self.done + self.failed.total()
        if not asked or self.total is None:
            return None, None
        left = (self.total - self.finished) / asked
        usd = self.usd
        return left * self.seconds, None if usd is None else usd * (1 + left)

    def add(self, answer: Completion | Failure) -> None:
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


class BudgetSpent(Exception):
    """No further call fits into the budget."""


class Budget:
    """Lets a call go out only if the run stays within its caps even if every open call uses all of its max_tokens.

    Lengths of prompts are estimated, and the estimates are corrected by what earlier prompts turned out to be.

    beside: the budget of another model in the same run; the caps are for both together.
    """

    def __init__(self, limits: Limits, tally: Tally, beside: Budget | None = None) -> None:
        self._tally, self._limits = tally, limits
        self._price = price(tally.model)
        if limits.max_cost and self._price is None:
            raise SparError(
                f"--max-cost needs a price for {tally.model!r}: add it to a price table (SPAR_PRICES=FILE), "
                "or use --max-tokens-total"
            )
        self._open: tuple[int, int] = (0, 0)
        self._estimated = 0  # tokens of prompts that were answered
        self._all: list[Budget] = beside._all if beside else []
        self._all.append(self)
        self._changed: asyncio.Event = beside._changed if beside else asyncio.Event()

    async def reserve(self, request: Request) -> tuple[int, int]:
        """Waits until the call fits. Raises BudgetSpent if it does not although no other call is open."""
        if not (self._limits.max_tokens_total or self._limits.max_cost):
            return (0, 0)
        guess = estimate_prompt(request) + 4 * len(request.messages)
        asked = (guess, request.n * request.max_tokens)
        while not self._fits(asked):
            if all(each._open == (0, 0) for each in self._all):
                raise BudgetSpent(self._spent())
            self._changed.clear()
            await self._changed.wait()
        self._open = (self._open[0] + asked[0], self._open[1] + asked[1])
        return asked

    def release(self, asked: tuple[int, int]) -> None:
        self._open = (self._open[0] - asked[0], self._open[1] - asked[1])
        self._estimated += asked[0]
        self._changed.set()

    def _fits(self, asked: tuple[int, int]) -> bool:
        uses = [each._use(asked if each is self else (0, 0)) for each in self._all]
        if self._limits.max_tokens_total and sum(map(sum, uses)) > self._limits.max_tokens_total:
            return False
        if not self._limits.max_cost:
            return True
        prices = [each._price for each in self._all]
        money = (usd(price, *use) for price, use in zip(prices, uses, strict=True) if price is not None)
        return sum(money) <= self._limits.max_cost

    def _use(self, more: tuple[int, int]) -> tuple[float, int]:
        """Prompt and completion tokens if every open call, and this one, used all of its max_tokens."""
        longer = max(1.0, self._tally.prompt_tokens / self._estimated) if self._estimated else 1.0
        prompt = self._tally.prompt_tokens + (self._open[0] + more[0]) * longer
        return prompt, self._tally.completion_tokens + self._open[1] + more[1]

    def _spent(self) -> str:
        tallies = [each._tally for each in self._all]
        used = sum(t.prompt_tokens + t.completion_tokens for t in tallies)
        known = [t.usd for t in tallies if t.usd is not None]
        money = f", {sum(known):.4f} USD" if known else ""
        return f"budget: {used:,} tokens{money} used, the next call could go beyond it"
