"""Stored answers need no model, and refusals."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import (
    Failure,
    Limits,
    Request,
    Store,
    complete,
)
from spar_data.models.backends import openai

Serve = Callable[..., ScriptedServer]
Ask = Callable[..., Request]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai, "backoff", lambda attempt: 0.01)


def test_stored_answers_need_no_model(serve: Serve, store: Store, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from spar_data.models import ask as asking

    server = serve()
    requests = [ask(f"p{i}", n=2) for i in range(5)]
    answers, _ = complete(f"openai:m@{server.url}", requests, store)
    monkeypatch.setattr(asking, "open_model", lambda *args: 1 / 0)
    again, tally = complete(f"openai:m@{server.url}", requests, store)
    assert again == answers and tally.cached == 10 and tally.to_dict()["answers"]["new"] == 0


def test_one_call_that_is_refused_is_an_error(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda prompt, nth: Reply("no model m.", status=404))
    with pytest.raises(SparError, match="refused every call, the last with status 404: no model m"):
        complete(f"openai:m@{server.url}", [ask("p")], store)


def test_a_few_refusals_are_failed_rows(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda prompt, nth: 403 if prompt == "p3" else "fine")
    answers, _ = complete(f"openai:m@{server.url}", [ask(f"p{i}") for i in range(10)], store, Limits(concurrency=1))
    assert [i for i, [a] in enumerate(answers) if isinstance(a, Failure)] == [3]
