"""The batch API: submit, poll, read, and find jobs again after a stop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import Completion, Failure, Limits, Request, Store, complete
from spar_data.models.backends import openai_batch

Serve = Callable[..., ScriptedServer]
Ask = Callable[..., Request]
_BATCH = Limits(batch=True)


@pytest.fixture(autouse=True)
def quick_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_batch, "_POLL", (0.05, 0.1))


def _requests(ask: Ask) -> list[Request]:
    return [ask(f"p{i}", n=1 + i % 2) for i in range(40)]


def test_all_in_one_job(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda prompt, nth: 500 if prompt == "p7" and nth == 1 else f"answer to {prompt}")
    answers, tally = complete(f"openai:m@{server.url}", _requests(ask), store, _BATCH)
    assert [len(a) for a in answers] == [1, 2] * 20
    assert isinstance(answers[7][0], Failure) and answers[7][0].cause == "status 500"
    assert isinstance(answers[8][0], Completion) and answers[8][0].text == "answer to p8"
    assert len(server.batches) == 1 and tally.done == 58
    answers, tally = complete(f"openai:m@{server.url}", _requests(ask), store, _BATCH)
    assert len(server.batches) == 2 and (tally.cached, tally.done) == (58, 2)
    assert server.calls.total() == 41  # what failed was asked again, alone


@pytest.mark.parametrize("stop", ["after submitting", "while submitting", "after reading"])
def test_a_stopped_run_finds_its_job(
    stop: str, serve: Serve, store: Store, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    spec = f"openai:m@{server.url}"
    original = store.write

    def write(*statements: tuple[str, object]) -> object:
        text = statements[0][0]
        if stop == "while submitting" and "state = 'sent'" in text:
            raise RuntimeError("killed")
        if stop == "after reading" and text.startswith("INSERT OR IGNORE INTO completions"):
            raise RuntimeError("killed")
        return original(*statements)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", write)
        if stop == "after submitting":
            patch.setattr(openai_batch.OpenAIBatch, "_wait", lambda *args: 1 / 0)
        with pytest.raises((RuntimeError, ZeroDivisionError)):
            complete(spec, _requests(ask), store, _BATCH)
    answers, _ = complete(spec, _requests(ask), store, _BATCH)
    assert all(isinstance(a, Completion) for each in answers for a in each)
    assert len(server.batches) == 1 and set(server.calls.values()) == {1}


def test_what_the_batch_api_does_not_do(store: Store, ask: Ask) -> None:
    with pytest.raises(SparError, match="one URL"):
        complete("openai:m@http://a/v1,http://b/v1", [ask("p")], store, _BATCH)
    with pytest.raises(SparError, match="--batch is for openai"):
        complete("replay:openai:m", [ask("p")], store, _BATCH)


def test_a_provider_that_refuses_the_job(serve: Serve, store: Store, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    server = serve()
    monkeypatch.setattr(
        server, "_submit", lambda request: Reply(status=400, body=b'{"error": {"message": "no batches"}}')
    )
    with pytest.raises(SparError, match="did not accept the batch job"):
        complete(f"openai:m@{server.url}", [ask("p")], store, _BATCH)
