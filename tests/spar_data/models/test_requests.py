"""Estimates of tokens, and failures as texts."""

from __future__ import annotations

from collections.abc import Callable

from spar_data.models import Failure, Message, Request, estimate_prompt, estimate_tokens


def test_estimates_of_tokens() -> None:
    assert [estimate_tokens(text) for text in ("", "a", "abcd", "abcde", "\u6f22\u5b57", "\u6f22\u5b57 abc")] == [
        0,
        1,
        1,
        2,
        2,
        3,
    ]
    request = Request((Message("system", "abcd"), Message("user", "abcde")), 0.0, 10)
    assert estimate_prompt(request) == 3 and request.prompt == "abcde"


def test_a_failure_as_text(ask: Callable[..., Request]) -> None:
    assert str(Failure("length", "cut off")) == "length: cut off" and str(Failure("empty")) == "empty"
