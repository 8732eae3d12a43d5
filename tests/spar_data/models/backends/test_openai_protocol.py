"""The body of a request, and the samples of a reply."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from server import Reply, ScriptedServer

from spar_data.models import (
    Completion,
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


@pytest.mark.parametrize(("sent", "calls"), [(1, 4), (2, 3), (7, 1)])
def test_wrong_counts_of_samples(sent: int, calls: int, serve: Serve, store: Store, ask: Ask) -> None:
    server = serve(lambda prompt, nth: Reply(text=f"a{nth}", choices=sent))
    [answers], _ = complete(f"openai:m@{server.url}", [ask("p", n=4)], store)
    assert len(answers) == 4 and all(isinstance(a, Completion) for a in answers)
    assert server.calls["p"] == calls


def test_thinking_is_kept_apart(serve: Serve, store: Store, ask: Ask) -> None:
    script = {
        "field": Reply("yes", message={"reasoning_content": "let me see"}),
        "other field": Reply("yes", message={"reasoning": "let me see"}),
        "tags": Reply("<think>let me see</think>\n\nyes"),
        "unclosed": Reply("<think>let me see"),
        "cut": Reply("<think>let me", finish_reason="length"),
        "half": Reply("let me see</think>yes"),
    }
    server = serve(lambda prompt, nth: script[prompt])
    answers, _ = complete(f"openai:m@{server.url}", [ask(p) for p in script], store)
    for name in ("field", "other field", "tags", "half"):
        [answer] = answers[list(script).index(name)]
        assert isinstance(answer, Completion) and (answer.text, answer.thinking) == ("yes", "let me see"), name
    assert str(answers[3][0]) == "empty: thinking but no answer"
    assert str(answers[4][0]) == "length: cut off at max_tokens = 50, while still thinking"


def test_the_body_holds_the_whole_request(serve: Serve, store: Store, ask: Ask) -> None:
    server = serve()
    schema = '{"type": "object"}'
    complete(f"openai:m@{server.url}", [ask("p", 0.3, 99, top_p=0.8, stop=("END",), seed=5, schema=schema)], store)
    [body] = server.requests
    assert body["model"] == "m" and body["temperature"] == 0.3 and body["max_tokens"] == 99 and body["top_p"] == 0.8
    assert body["stop"] == ["END"] and body["seed"] == 5
    assert body["response_format"]["json_schema"]["schema"] == {"type": "object"}
