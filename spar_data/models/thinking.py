"""Separates the thinking of a reasoning model from its answer."""

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
    """Splits a reply into thinking and answer.

    field: thinking that the server sent in a field of its own. Tags count only at the beginning of a reply; later they
    are part of the text. A closing tag alone ends thinking, too, because some chat templates write the opening tag into
    the prompt. An unclosed tag leaves an empty answer.
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
    """The answer of a finished sample; a Failure if it was cut off or has no text."""
    empty = not split.answer.strip()
    if cut_off:
        where = ", while still thinking" if empty and split.thinking else ""
        detail = f"cut off at max_tokens = {request.max_tokens}{where}"
        return Failure("length", detail, prompt_tokens, completion_tokens)
    if empty:
        detail = "thinking but no answer" if split.thinking else "no text"
        return Failure("empty", detail, prompt_tokens, completion_tokens)
    return Completion(split.answer, split.thinking, "stop", prompt_tokens, completion_tokens)
