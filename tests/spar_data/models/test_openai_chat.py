"""The teacher client against a real server: order, retries, failures, the store, and what ends a run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from server import Reply, ScriptedServer, completion

from spar_data.errors import SparError
from spar_data.models import Completion, Failure, Message, Request, Store, complete, completion_key, cost, endpoint


def _request(prompt: str, temperature: float = 0.7) -> Request:
    return Request((Message("user", prompt),), temperature=temperature, max_tokens=50)


@pytest.fixture
def serve() -> Iterator[Callable[[Callable[[str, int], Reply]], ScriptedServer]]:
    servers: list[ScriptedServer] = []

    def start(answer: Callable[[str, int], Reply]) -> ScriptedServer:
        servers.append(ScriptedServer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def test_order_usage_and_no_second_call(tmp_path: Path, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda prompt, nth: f"answer to {prompt}")
    requests = [_request(f"p{i}") for i in range(60)]
    done = []
    with Store(tmp_path / "s.sqlite") as store:
        answers = complete(f"openai:m@{server.url}", requests, store, concurrency=8, advance=done.append)
        assert [a.text for a in answers if isinstance(a, Completion)] == [f"answer to p{i}" for i in range(60)]
        assert answers[0] == Completion("answer to p0", "stop", 7, 3)
        again = complete(f"openai:m@{server.url}", requests, store)
        assert again == answers
        assert sum(done) == 60 and len(store) == 60
    assert set(server.calls.values()) == {1}


def test_failures_are_rows_and_are_asked_again(tmp_path: Path, serve: Callable[..., ScriptedServer]) -> None:
    def answer(prompt: str, nth: int) -> Reply:
        return {
            "cut": json.dumps(completion("half an ans", "length")).encode(),
            "empty": json.dumps(completion(None)).encode(),
            "none": b'{"choices": []}',
            "bad": 400,
            "garbled": b'{"choices": [',
            "flaky": "fine" if nth > 2 else 429,
            "broken": "fine" if nth > 1 else 500,
        }.get(prompt, "fine")

    server = serve(answer)
    prompts = ["cut", "empty", "none", "bad", "garbled", "flaky", "broken", "ok"]
    with Store(tmp_path / "s.sqlite") as store:
        answers = complete(f"openai:m@{server.url}", [_request(p) for p in prompts], store)
        assert isinstance(answers[0], Failure) and "cut off at max_tokens = 50" in answers[0].cause
        assert [isinstance(a, Completion) for a in answers] == [False] * 5 + [True] * 3
        assert len(store) == 3
        complete(f"openai:m@{server.url}", [_request(p) for p in prompts], store)
    assert server.calls["cut"] == 2 and server.calls["ok"] == 1 and server.calls["flaky"] == 3


@pytest.mark.parametrize("status", [401, 403, 404])
def test_refusals_end_the_run_without_showing_the_key(
    status: int, tmp_path: Path, serve: Callable[..., ScriptedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    server = serve(lambda prompt, nth: status)
    with Store(tmp_path / "s.sqlite") as store, pytest.raises(SparError, match=f"status {status}") as error:
        complete(f"openai:m@{server.url}", [_request(f"p{i}") for i in range(500)], store, concurrency=4)
    assert "secret" not in str(error.value)
    assert sum(server.calls.values()) < 50  # the run ended, it did not fail row by row
    assert b"secret" not in (tmp_path / "s.sqlite").read_bytes()


def test_key_depends_on_everything_that_can_change_an_answer() -> None:
    base = completion_key(_request("a"), "m", "chat")
    others = [
        completion_key(_request("b"), "m", "chat"),
        completion_key(_request("a", 0.1), "m", "chat"),
        completion_key(_request("a"), "n", "chat"),
        completion_key(_request("a"), "m", "other"),
        completion_key(_request("a"), "m", "chat", sample=1),
    ]
    assert len({base, *others}) == 6


@pytest.mark.parametrize("spec", ["gpt-4o", "openai:", "openai:m@localhost:8000", "vllm:m"])
def test_wrong_specs(spec: str) -> None:
    with pytest.raises(SparError, match="teacher"):
        endpoint(spec)


def test_prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cost("gpt-4o-mini-2024-07-18", 2_000_000, 1_000_000) == pytest.approx(0.9)
    assert cost("some-local-model", 10, 10) is None
    own = tmp_path / "p.toml"
    own.write_text('["some-local-model"]\ninput = 1\noutput = 2\n')
    monkeypatch.setenv("SPAR_PRICES", str(own))
    assert cost("some-local-model", 1_000_000, 1_000_000) == 3
    own.write_text('["some-local-model"]\ninput = 1\n')
    with pytest.raises(SparError, match=r"p\.toml"):
        cost("some-local-model", 1, 1)
