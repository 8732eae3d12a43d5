"""Reasoning models: what they thought apart from what they say."""

from __future__ import annotations

import re
from typing import NamedTuple

from spar_data.models.requests import Answer, Completion, Failure, Request

_OPEN = re.compile(r"\s*<(think|thinking|thought|reasoning)>", re.IGNORECASE)
_CLOSE = re.compile(r"</(think|thinking|thought|reasoning)>", re.IGNORECASE)


class Split(NamedTuple):
    thinking: str
    answer: str


def split_thinking(text: str, field: str | None = None) -> Split:
    """Separates a reply into thinking and answer.

    field: thinking that the server sent by itself; the text is the answer then, but for tags that it still holds. Tags
    count at the beginning of a reply only (further on they are part of what is said); a closing tag without an opening
    one, from chat templates that write the opening tag, ends thinking too. An unclosed tag leaves an empty answer.
    """
    opened = _OPEN.match(text)
    if opened:
        close = re.compile(rf"</{opened[1]}>", re.IGNORECASE).search(text, opened.end())
        inside, answer = (
            (text[opened.end() : close.start()], text[close.end() :]) if close else (text[opened.end() :], "")
        )
    elif (closed := _CLOSE.search(text)) and not re.search(rf"<{closed[1]}>", text, re.IGNORECASE):
        inside, answer = text[: closed.start()], text[closed.end() :]
    else:
        return Split((field or "").strip(), text)
    parts = [part.strip() for part in (field or "", inside) if part.strip()]
    return Split("\n".join(parts), answer.strip())


def conclude(split: Split, cut_off: bool, request: Request, prompt_tokens: int, completion_tokens: int) -> Answer:
    """A sample that came to its end, or why it is no answer."""
    silent = not split.answer.strip()
    if cut_off:
        where = ", while still thinking" if silent and split.thinking else ""
        why = f"cut off at max_tokens = {request.max_tokens}{where}"
        return Failure("length", why, prompt_tokens, completion_tokens)
    if silent:
        why = "thinking but no answer" if split.thinking else "no text"
        return Failure("empty", why, prompt_tokens, completion_tokens)
    return Completion(split.answer, split.thinking, "stop", prompt_tokens, completion_tokens)
