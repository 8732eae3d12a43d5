"""Rows in every shape that datasets come in, and what is wrong with the others."""

from __future__ import annotations

from typing import Any

import pytest

from spar_data.sources.row_shapes import BadRow, prompt_of

SHAPES: list[tuple[dict[str, Any], str, str | None]] = [
    ({"conversations": [{"from": "human", "value": "Hi there"}, {"from": "gpt", "value": "x"}], "langdetect": "en"}, "Hi there", "en"),
    ({"conversations": [{"from": "system", "value": "s"}, {"from": "user", "value": "Q"}]}, "Q", None),
    ({"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "Ask"}]}, "Ask", None),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}, "a\nb", None),
    ({"instruction": "Sum up", "input": "text", "output": "o"}, "Sum up\n\ntext", None),
    ({"instruction": "Sum up", "input": ""}, "Sum up", None),
    ({"prompt": "  plain ", "language": "German"}, "plain", "de"),
    ({"prompt": [{"role": "user", "content": "chat"}], "lang": "zh-CN"}, "chat", "zh"),
]  # fmt: skip


BAD: list[tuple[Any, str]] = [
    ({"text": "x"}, "fields are text"),
    ({"prompt": 3}, "prompt is a int"),
    ({"messages": [{"role": "assistant", "content": "x"}]}, "no user turn"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "content is not text alone"),
    ({"conversations": [{"from": "human", "value": None}]}, "holds nothing"),
    ({"prompt": "a\0b"}, "NUL"),
    ({"prompt": "a\ud800b"}, "surrogate"),
    ({"prompt": " \n "}, "blank"),
    ([1], "row is a list"),
]


@pytest.mark.parametrize(("row", "prompt", "language"), SHAPES)
def test_shapes(row: dict[str, Any], prompt: str, language: str | None) -> None:
    assert prompt_of(row) == (prompt, language)


@pytest.mark.parametrize(("row", "reason"), BAD)
def test_bad_rows_say_what_is_wrong(row: Any, reason: str) -> None:
    with pytest.raises(BadRow, match=reason):
        prompt_of(row)
