"""The chat-completions client against a real server that misbehaves by script."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import Completion, Failure, Limits, Request, Store, complete
from spar_data.models.backends import openai as module

Serve = Callable[..., ScriptedServer]
Ask = Callable[..., Request]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "backoff", lambda attempt: 0.01)


def test_order_usage_and_no_second_call(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda prompt, nth: Reply(f"answer to {prompt}", delay=0.05))
    requests = [ask(f"p{i}") for i in range(300)]
    answers, tally = complete(f"openai:m@{server.url}", requests, store, Limits(concurrency=40))
    assert [a.text for [a] in answers if isinstance(a, Completion)] == [f"answer to p{i}" for i in range(300)]
    assert answers[0] == [Completion("answer to p0", "", "stop", 7, 3)]
    assert (tally.done, tally.cached, tally.prompt_tokens, tally.completion_tokens) == (300, 0, 2100, 900)
    assert 30 < server.most_in_flight <= 40
    again, tally = complete(f"openai:m@{server.url}", requests, store)
    assert again == answers and (tally.done, tally.cached) == (0, 300)
    assert set(server.calls.values()) == {1}


def test_samples_are_stored_one_by_one(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve()
    spec = f"openai:m@{server.url}"
    [three], _ = complete(spec, [ask("p", n=3)], store)
    assert len({a.text for a in three if isinstance(a, Completion)}) == 3
    assert sum(a.prompt_tokens for a in three) == 7 and sum(a.completion_tokens for a in three) == 9
    [five], tally = complete(spec, [ask("p", n=5)], store)
    assert five[:3] == three and (tally.cached, tally.done) == (3, 2)
    assert [r.get("n") for r in server.requests] == [3, 2]


def test_failures_are_rows_and_only_they_are_asked_again(serve: Serve, store: Store, ask: Ask) -> None:
    script: dict[str, Callable[[int], Reply | str | int]] = {
        "cut": lambda nth: Reply("half an ans", finish_reason="length"),
        "empty": lambda nth: Reply(None),
        "filtered": lambda nth: Reply("", finish_reason="content_filter"),
        "none": lambda nth: Reply(choices=0),
        "bad": lambda nth: Reply("no such thing", status=400),
        "truncated": lambda nth: Reply(body=b'{"choices": [{"message": {"con'),
        "list": lambda nth: Reply(body=b"[1, 2]"),
        "strange": lambda nth: Reply(body=b'{"choices": [7]}'),
        "dead": lambda nth: 500,
        "dropped": lambda nth: Reply(drop=nth < 3),
        "limited": lambda nth: "fine" if nth > 2 else Reply(status=429, retry_after="0.05"),
        "broken": lambda nth: "fine" if nth > 1 else 503,
        "late": lambda nth: "fine" if nth > 1 else 408,
        "ok": lambda nth: "fine",
    }
    server = serve(lambda prompt, nth: script[prompt](nth))
    requests = [ask(p) for p in script]
    limits = Limits(attempts=4, concurrency=2)
    answers, tally = complete(f"openai:m@{server.url}", requests, store, limits)
    causes = {p: a.cause for p, [a] in zip(script, answers, strict=True) if isinstance(a, Failure)}
    assert causes == {
        "cut": "length", "empty": "empty", "filtered": "content_filter", "none": "malformed", "bad": "status 400",
        "truncated": "malformed", "list": "malformed", "strange": "malformed", "dead": "status 500",
    }  # fmt: skip
    assert tally.failed.total() == 9 and tally.done == 5 and len(store) == 5
    assert server.calls["bad"] == 1 and server.calls["dead"] == 4 and server.calls["dropped"] == 3
    before = server.calls.copy()
    complete(f"openai:m@{server.url}", requests, store, limits)
    assert {p for p in script if server.calls[p] > before[p]} == set(causes)


def test_slow_drip_meets_the_deadline(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda prompt, nth: Reply(drip=0.05) if prompt == "slow" else "fine")
    began = time.monotonic()
    answers, _ = complete(f"openai:m@{server.url}", [ask("slow"), ask("quick")], store, Limits(deadline=1.0))
    assert time.monotonic() - began < 5
    assert isinstance(answers[0][0], Failure) and answers[0][0].cause == "deadline"
    assert isinstance(answers[1][0], Completion)


def test_retry_after_is_honoured(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda prompt, nth: "fine" if nth > 1 else Reply(status=429, retry_after="1"))
    began = time.monotonic()
    [[answer]], tally = complete(f"openai:m@{server.url}", [ask("p")], store)
    assert isinstance(answer, Completion) and tally.retries == 1
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("status", [401, 403, 404])
def test_refusals_end_the_run_without_showing_the_key(
    status: int, serve: Serve, store: Store, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    server = serve(lambda prompt, nth: Reply("Incorrect key sk-very-secret for model m", status=status))
    with pytest.raises(SparError, match=f"status {status}.*OPENAI_API_KEY") as error:
        complete(f"openai:m@{server.url}", [ask(f"p{i}") for i in range(500)], store, Limits(concurrency=4))
    assert "secret" not in str(error.value) and "***" in str(error.value)
    assert server.calls.total() < 20  # the run ended, it did not fail row by row
    assert server.keys == {"Bearer sk-very-secret"}
    store.close()
    assert all(b"secret" not in f.read_bytes() for f in store.path.parent.iterdir())


def test_an_empty_account_ends_the_run(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda prompt, nth: Reply("insufficient_quota: you exceeded your quota", status=429))
    with pytest.raises(SparError, match="insufficient_quota"):
        complete(f"openai:m@{server.url}", [ask(f"p{i}") for i in range(50)], store, Limits(concurrency=4))


def test_unsupported_parameters_are_left_out(serve: Serve, store: Store, ask: Ask) -> None:
    def answer(prompt: str, nth: int) -> Reply | str:
        last = server.requests[-1]
        if "response_format" in last:
            return Reply("response_format is not supported", status=400)
        if "max_tokens" in last:
            return Reply("use max_completion_tokens instead", status=400)
        return '{"verdict": "Yes"}'

    server = serve(answer)
    schema = json.dumps({"type": "object", "properties": {"verdict": {"type": "string"}}})
    answers, _ = complete(f"openai:m@{server.url}", [ask(f"p{i}", schema=schema) for i in range(5)], store,
                          Limits(concurrency=1))  # fmt: skip
    assert all(isinstance(a, Completion) for [a] in answers)
    assert server.calls == {"p0": 3, "p1": 1, "p2": 1, "p3": 1, "p4": 1}  # learnt once


def test_lone_surrogates_and_nul_can_be_stored(serve: Serve, store: Store, ask: Ask) -> None:
    body = b'{"choices": [{"message": {"content": "a\\ud800b\\u0000c"}, "finish_reason": "stop"}]}'
    server = serve(lambda prompt, nth: Reply(body=body))
    [[answer]], _ = complete(f"openai:m@{server.url}", [ask("p")], store)
    assert isinstance(answer, Completion) and answer.text == "a?b\0c" and answer.prompt_tokens == 0


def test_a_key_is_needed_for_openai_itself(store: Store, ask: Ask) -> None:
    with pytest.raises(SparError, match="OPENAI_API_KEY"):
        complete("openai:gpt-4o-mini", [ask("p")], store)


def test_requests_per_minute(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve()
    began = time.monotonic()
    complete(f"openai:m@{server.url}", [ask(f"p{i}") for i in range(60)], store, Limits(rpm=1200))
    assert time.monotonic() - began > 0.9  # 40 at once, then 20 a second


def test_a_server_that_samples_once_only(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda p, nth: Reply("n must be 1", status=400) if "n" in server.requests[-1] else f"a{nth}")
    answers, _ = complete(f"openai:m@{server.url}", [ask(f"p{i}", 0.0, n=3) for i in range(4)], store)
    assert all(isinstance(a, Completion) for each in answers for a in each)


def test_the_seed_of_a_sample_does_not_depend_on_the_others(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(
        lambda p, nth: 400 if server.requests[-1]["seed"] == 8 and nth < 4 else str(server.requests[-1]["seed"])
    )
    spec, limits = f"openai:m@{server.url}", Limits(concurrency=1)
    [first], _ = complete(spec, [ask("p", seed=7, n=3)], store, limits)
    assert [a.text if isinstance(a, Completion) else a.cause for a in first] == ["7", "status 400", "9"]
    [second], _ = complete(spec, [ask("p", seed=7, n=3)], store, limits)
    assert [a.text for a in second if isinstance(a, Completion)] == ["7", "8", "9"]


def test_more_calls_than_open_files() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        assert module._allowed_calls(1000) == min(1000, before[1] - 128)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == min(1128, before[1])
        assert module._allowed_calls(10**9) == before[1] - 128
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
