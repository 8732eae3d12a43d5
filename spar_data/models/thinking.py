"""Reasoning models: what they thought apart from what they say."""

from __future__ import annotations

import re
from typing import NamedTuple

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
