"""The plans that --dry-run prints."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spar_data.models import FunctionModel, Request, Store, complete
from spar_data.models.estimate import CallPlan, plan_calls

Ask = Callable[..., Request]


def test_stored_answers_are_no_calls(tmp_path: Path, ask: Ask) -> None:
    model, file = FunctionModel(lambda request: "ok"), tmp_path / "store.sqlite"
    requests = [ask("abcd", n=3, max_tokens=50), ask("abcdefgh", n=1, max_tokens=10)]
    assert plan_calls(model, requests, file) == CallPlan(2, 4, 3, 160, None) and not file.exists()
    with Store(file) as store:
        complete(model, [ask("abcd", n=2, max_tokens=50)], store)
    assert plan_calls(model, requests, file) == CallPlan(2, 2, 3, 60, None)


def test_the_sentence() -> None:
    plan = CallPlan.of("openai:gpt-4o-mini", [Request((), 0.0, 1_000_000)], times=2)
    assert (
        str(plan)
        == "2 calls for 2 samples, about 0 tokens in and at most 2,000,000 out, at most 1.20 USD at list price"
    )
    assert str(CallPlan(1, 1, 2, 3, None)).endswith("no price known for this model")
