"""The request to a refiner, and the refined text in its reply, with every trap that is known."""

from __future__ import annotations

import time

import pytest

from spar_data.models import Unparsed
from spar_data.selfplay.refine.prompt import _PLACEHOLDER, parse_refinement, refine_request

_HEAD = "Final Refined Output:"


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (f"Reflection on how to refine the Output: shorter\n{_HEAD} [[start]] text [[end]]", "text"),
        (f"{_HEAD}\n\n[[start]]\none\n\ntwo\n[[end]]\n", "one\n\ntwo"),
        (f"**{_HEAD}** [[START]] t [[ End ]]", "t"),
        ("Refined response: [[start]] t [[end]]", "t"),
        ("Reflection.\n\n[[start]] t [[end]]", "t"),
        (f"{_HEAD} [[start]] {{braces}} [link] [[wiki]] [[end]]", "{braces} [link] [[wiki]]"),
        # cut off
        (f"{_HEAD} [[start]] the reply ends here", None),
        (f"{_HEAD} [[start]] draft [[end]]\nBetter still:\n{_HEAD} [[start]] second, cut", None),
        (f"{_HEAD} [[start]] a quote:\n[[start]] x [[end]] and more that was cut", None),
        ("[[end]] wrong way round [[start]]", None),
        ("no tags at all", None),
        ("", None),
        # tags that are only talked about
        (f"Reflection: it goes between [[start]] and [[end]].\n{_HEAD} [[start]] text [[end]]", "text"),
        (f"{_HEAD} [[start]] text [[end]]\nIt stands between [[start]] and [[end]].", "text"),
        ("Reflection: it goes between [[start]] and [[end]].\n\n[[start]]\ntext\n[[end]]", "text"),
        (f"Reflection: after [[start]] I write it.\n{_HEAD} [[start]] text [[end]]", "text"),
        ("Reflection: it has to stand between [[start]] and [[end]], as asked.", None),
        # nested, repeated, empty
        (f"{_HEAD} [[start]] a [[start]] b [[end]] c [[end]]", "a [[start]] b [[end]] c"),
        (f"{_HEAD} [[start]] text [[end]] [[end]]", "text"),
        (f"{_HEAD} [[start]] begun anew\n{_HEAD} [[start]] text [[end]]", "text"),
        (f"{_HEAD} [[start]] first [[end]]\n{_HEAD} [[start]] second [[end]]", "second"),
        (f"{_HEAD} [[start]]  \n [[end]]", None),
        (f"{_HEAD} [[start]] {_PLACEHOLDER} [[end]]", None),
        (f"{_HEAD} [[start]] {_PLACEHOLDER} [[end]]\n{_HEAD} [[start]] text [[end]]", "text"),
    ],
)
def test_replies(reply: str, text: str | None) -> None:
    parsed = parse_refinement(reply)
    assert parsed == text if text is not None else isinstance(parsed, Unparsed), parsed


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (f"{_HEAD} [[start]] end with [[end]] [[end]]", "end with [[end]]"),
        (f"{_HEAD} [[start]] [[start]] begins so [[end]]", "[[start]] begins so"),
        (f"{_HEAD} [[start]] [[start]] both [[end]] [[end]]", "[[start]] both [[end]]"),
        (f"{_HEAD} [[start]] neither [[end]]", "neither"),
        (f"{_HEAD} [[start]] text [[end]] I hope this helps", "text"),
        (f"{_HEAD} [[start]] cut", None),
    ],
)
def test_tags_that_belong_to_the_task(reply: str, text: str | None) -> None:
    for prompt, response in (("Close your text with [[end]]", "x"), ("p", "my [[start]] text")):
        parsed = parse_refinement(reply, prompt, response)
        assert parsed == text if text is not None else isinstance(parsed, Unparsed), parsed


def test_hostile_replies_take_no_time() -> None:
    began = time.monotonic()
    for reply in ("[[start]]" * 30_000, f"{_HEAD} [[start]]" * 10_000, "[[start]]\n" * 10_000 + "[[end]]" * 9_999):
        assert isinstance(parse_refinement(reply), Unparsed | str)
    assert isinstance(parse_refinement("[[ " + " " * 100_000), Unparsed)
    assert time.monotonic() - began < 5


def test_the_request_is_a_chat_of_three_turns() -> None:
    request = refine_request("{response} p", "r {judgement}", "j [[end]] {0}", samples=3)
    assert [m.role for m in request.messages] == ["user", "assistant", "user"]
    assert "“{response} p”" in request.messages[0].content and "“r {judgement}”" in request.messages[0].content
    assert request.messages[1].content == "j [[end]] {0}"
    assert f"{_HEAD} [[start]]" in request.messages[2].content
    assert (request.n, request.temperature, request.top_p, request.max_tokens) == (3, 0.7, 1.0, 3072)
    assert isinstance(parse_refinement(request.messages[2].content), Unparsed), "the form itself is no refinement"
