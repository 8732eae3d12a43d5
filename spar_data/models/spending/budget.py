"""One budget for all phases and models of a run."""

from __future__ import annotations

import asyncio

from spar_data.core.errors import SparError
from spar_data.models.requests import Request, estimate_prompt
from spar_data.models.spending.limits import Limits
from spar_data.models.spending.prices import price, usd
from spar_data.models.spending.tally import Tally


class BudgetSpent(Exception):
    """No further call fits into the budget."""


class Budget:
    """What a run may spend: the caps of its limits, for all of its phases and models together.

    Every function that takes `Limits` takes a `Budget` as well. With `Limits` it has the caps for itself; functions that
    get the same `Budget`, one after the other, share them. Once it is spent, later phases only read stored answers.
    """

    def __init__(self, limits: Limits = Limits()) -> None:
        self.limits = limits
        self._accounts: list[Account] = []
        self._waiting: list[asyncio.Future[None]] = []

    @classmethod
    def of(cls, limits: Limits | Budget) -> Budget:
        """The budget itself, or a new one with these limits."""
        return limits if isinstance(limits, Budget) else cls(limits)

    @property
    def stopped(self) -> str:
        """Why no further phase may ask a model, else ""."""
        for account in self._accounts:
            if account.tally.stopped:
                return account.tally.stopped
        (tokens, money), caps = self._spent(), self.limits
        spent = (caps.max_tokens_total and tokens >= caps.max_tokens_total) or (
            caps.max_cost and money >= caps.max_cost
        )
        return self.used() if spent else ""

    def used(self) -> str:
        tokens, money = self._spent()
        priced = any(account._price for account in self._accounts)
        return f"budget: {tokens:,} tokens{f', {money:.4f} USD' if priced else ''} used"

    def _spent(self) -> tuple[int, float]:
        """Tokens and USD; models without a known price count as 0 USD."""
        tallies = [account.tally for account in self._accounts]
        return sum(tally.tokens for tally in tallies), sum(tally.usd or 0.0 for tally in tallies)


class Account:
    """What one model uses of a budget in one phase.

    A call goes out only if the run stays within its caps even if every open call uses all of its max_tokens. The lengths
    of prompts are estimated, and the estimates are corrected by the lengths of earlier prompts.

    Raises SparError if the budget caps the cost and the model has no known price.
    """

    def __init__(self, budget: Budget, tally: Tally) -> None:
        self.tally = tally
        self._budget, self._refusal = budget, budget.stopped
        self._price = price(tally.model)
        if budget.limits.max_cost and self._price is None:
            raise SparError(
                f"--max-cost needs a price for {tally.model!r}: add it to a price table (SPAR_PRICES=FILE), "
                "or use --max-tokens-total"
            )
        self._open: tuple[int, int] = (0, 0)  # tokens of prompts and completions that are reserved
        self._estimated = 0  # tokens of prompts that were answered
        budget._accounts.append(self)

    async def reserve(self, request: Request) -> tuple[int, int]:
        """Waits until the call fits. Raises BudgetSpent if it does not fit although no other call is open."""
        budget = self._budget
        if self._refusal:
            raise BudgetSpent(self._refusal)
        if not (budget.limits.max_tokens_total or budget.limits.max_cost):
            return (0, 0)
        prompt = estimate_prompt(request) + 4 * len(request.messages)
        tokens = (prompt, request.n * request.max_tokens)
        while not self._fits(tokens):
            if all(account._open == (0, 0) for account in budget._accounts):
                raise BudgetSpent(f"{budget.used()}, the next call could go beyond it")
            change = asyncio.get_running_loop().create_future()
            budget._waiting.append(change)
            await change
        self._open = (self._open[0] + tokens[0], self._open[1] + tokens[1])
        return tokens

    def release(self, tokens: tuple[int, int]) -> None:
        """Ends a reservation; what the call really used is in the tally by then."""
        self._open = (self._open[0] - tokens[0], self._open[1] - tokens[1])
        self._estimated += tokens[0]
        for change in self._budget._waiting:
            if not change.done():
                change.set_result(None)
        self._budget._waiting.clear()

    def _fits(self, tokens: tuple[int, int]) -> bool:
        accounts, caps = self._budget._accounts, self._budget.limits
        uses = [account._use(tokens if account is self else (0, 0)) for account in accounts]
        if caps.max_tokens_total and sum(map(sum, uses)) > caps.max_tokens_total:
            return False
        if not caps.max_cost:
            return True
        money = (usd(a._price, *use) for a, use in zip(accounts, uses, strict=True) if a._price is not None)
        return sum(money) <= caps.max_cost

    def _use(self, extra: tuple[int, int]) -> tuple[float, int]:
        """Prompt and completion tokens if every open call, and one with these extra tokens, used all of its max_tokens."""
        longer = max(1.0, self.tally.prompt_tokens / self._estimated) if self._estimated else 1.0
        prompt = self.tally.prompt_tokens + (self._open[0] + extra[0]) * longer
        return prompt, self.tally.completion_tokens + self._open[1] + extra[1]
