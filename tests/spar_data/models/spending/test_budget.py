"""A run never goes beyond its caps, in one phase or in several."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_model import Scripted
from server import ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import Answer, Budget, Failure, Limits, Request, Store, ask_all, complete
from spar_data.models.ask import sessions
from spar_data.models.session import drive
from spar_data.models.summary import closing

Serve = Callable[..., ScriptedServer]
Ask = Callable[..., Request]


def test_max_tokens_total_is_never_exceeded(store: Store, ask: Ask) -> None:
    model = Scripted()
    requests = [ask(f"p{i} with some more words", max_tokens=20) for i in range(100)]
    limits = Limits(max_tokens_total=1000, concurrency=16)
    tally = asyncio.run(drive(model, requests, store, limits))
    assert 900 < tally.prompt_tokens + tally.completion_tokens <= 1000
    assert tally.stopped.startswith("budget") and tally.done + tally.not_asked == 100
    assert "goes on from here" in closing(tally)
    after = asyncio.run(drive(model, requests, store, Limits()))
    assert (after.cached, after.done) == (tally.done, tally.not_asked) and model.calls == 100


def test_failed_calls_are_paid_for_too(store: Store, ask: Ask) -> None:
    model = Scripted(lambda r: Failure("length", "cut", 10, 20))
    tally = asyncio.run(drive(model, [ask(f"p{i}", max_tokens=20) for i in range(100)], store,
                              Limits(max_tokens_total=500)))  # fmt: skip
    assert tally.failed["length"] < 20 and tally.prompt_tokens + tally.completion_tokens <= 500


def test_max_cost(store: Store, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('["gpt-4o-mini"]\ninput = 1000\noutput = 2000\n')  # USD per million: 0.05 a call here
    monkeypatch.setenv("SPAR_PRICES", str(prices))
    model = Scripted()
    tally = asyncio.run(drive(model, [ask(f"p{i}", max_tokens=20) for i in range(100)], store, Limits(max_cost=1.0)))
    assert tally.usd is not None and 0.9 < tally.usd <= 1.0
    prices.write_text("")
    with pytest.raises(SparError, match="--max-cost needs a price for 'gpt-4o-mini'"):
        asyncio.run(drive(model, [ask("new")], store, Limits(max_cost=1.0)))


def test_the_budget_in_the_answers(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve()
    requests = [ask(f"p{i}", max_tokens=5) for i in range(30)]
    answers, tally = complete(f"openai:m@{server.url}", requests, store, Limits(max_tokens_total=100, concurrency=2))
    causes = [a.cause for [a] in answers if isinstance(a, Failure)]
    assert set(causes) == {"budget"} and len(causes) == tally.not_asked == 30 - tally.done


def test_phases_share_a_budget(store: Store, ask: Ask) -> None:
    """Each phase asks what the ones before left over; then only stored answers come back."""
    model, budget = Scripted(), Budget(Limits(max_tokens_total=1000, concurrency=4))
    first = [ask(f"first {i}", max_tokens=20) for i in range(10)]
    second = [ask(f"second {i}", max_tokens=20) for i in range(100)]
    before = ask_all(model, first, store, budget)
    assert before.done == 10 and not budget.stopped
    after = ask_all(model, second, store, budget)
    assert 900 < before.tokens + after.tokens <= 1000 and after.not_asked
    assert budget.stopped == after.stopped
    calls = model.calls
    answers, last = complete(model, [*first, ask("third")], store, budget)
    assert model.calls == calls and (last.cached, last.done, last.not_asked) == (10, 0, 1)
    assert last.stopped == budget.stopped and answers[-1] == [Failure("budget", budget.stopped)]


def test_models_of_one_phase_share_a_budget(store: Store, ask: Ask) -> None:
    """Two models that are asked at the same time keep the cap together, and one of them waits for the other."""

    async def run() -> list[int]:
        async with sessions([one, other], store, Limits(max_tokens_total=1000)) as opened:
            requests = [ask(f"prompt {i} with some more words", max_tokens=20) for i in range(50)]
            await asyncio.gather(*(session.ask(r) for r in requests for session in opened.values()))
            return [session.tally.tokens for session in opened.values()]

    one, other = Scripted(), Scripted()
    one.identity = dataclasses.replace(one.identity, key="one")
    spent = asyncio.run(run())
    assert 900 < sum(spent) <= 1000 and min(spent) > 0


def test_a_spent_budget_lets_no_session_ask(store: Store, ask: Ask) -> None:
    model, budget = Scripted(), Budget(Limits(max_tokens_total=30))
    ask_all(model, [ask("p", max_tokens=10)], store, budget)
    assert budget.stopped == "budget: 30 tokens, 0.0000 USD used"

    async def run() -> list[Answer]:
        async with sessions([model], store, budget) as opened:
            return await opened[model].ask(ask("q", max_tokens=0))

    assert asyncio.run(run()) == [Failure("budget", budget.stopped)] and model.calls == 1
