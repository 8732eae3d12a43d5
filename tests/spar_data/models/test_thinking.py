"""Thinking is separated from the answer, whatever the text."""

from __future__ import annotations

import pytest

from spar_data.models.thinking import split_thinking


@pytest.mark.parametrize(
    ("text", "field", "thinking", "answer"),
    [
        ("plain", None, "", "plain"),
        ("  keeps its space ", None, "", "  keeps its space "),
        ("<think>a</think>b", None, "a", "b"),
        ("\n<Thinking>a\n</thinking>\n\nb", None, "a", "b"),
        ("<think>never ends", None, "never ends", ""),
        ("a</think>b", None, "a", "b"),
        ("b", "a", "a", "b"),
        ("<think>c</think>b", "a", "a\nc", "b"),
        ("The tag <think> opens and </think> closes.", None, "", "The tag <think> opens and </think> closes."),
        ("<think></think>b", None, "", "b"),
    ],
)
def test_thinking(text: str, field: str | None, thinking: str, answer: str) -> None:
    assert split_thinking(text, field) == (thinking, answer)
