"""The Markdown that the checkers know: code fences, list items and the signs around the text of a line.

White space, '#', '>', bullets, emphasis and an opening quote at the start of a line are its *decoration*. A constraint on
the start of a line is about the text behind the decoration.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_ITEM = re.compile(r"([ \t]*)(?:([-*•+])|(?:\*\*|__)?(\d{1,9})[.)])(?=[ \t]+\S)|([ \t]*)(\d{1,9})[、．）]")
_RULE = re.compile(r"[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*")


class ListItem(NamedTuple):
    """A list item. sign: its bullet, or its number without leading zeros. nested: whether it is part of another item."""

    sign: str
    nested: bool


def outside_fences(text: str) -> list[str]:
    """Returns the lines of a text outside fenced code blocks. A fence that never closes runs to the end."""
    outside: list[str] = []
    fence = ""
    for line in text.splitlines():
        match = _FENCE.match(line)
        if fence:
            if match and match[1].startswith(fence) and not match[2].strip():
                fence = ""
        elif match and not (match[1][0] == "`" and "`" in match[2]):  # ```code``` in one line is no fence
            fence = match[1]
        else:
            outside.append(line)
    return outside


def unwrapped(text: str) -> str:
    """Returns the inside of a response that is one fenced code block and nothing else; any other text stripped."""
    body = text.strip()
    rows = body.splitlines()
    if len(rows) < 2 or not (opened := _FENCE.match(rows[0])) or not (closed := _FENCE.match(rows[-1])):
        return body
    is_block = closed[1].startswith(opened[1]) and not closed[2].strip() and not outside_fences(body)
    return "\n".join(rows[1:-1]).strip() if is_block else body


def list_items(text: str) -> list[ListItem]:
    """Returns the list items outside code fences.

    An item is nested if its indent exceeds that of the last item that is not nested by two columns or more. Text at the
    margin ends a list.
    """
    items: list[ListItem] = []
    top: int | None = None  # the indent of the last item that is not nested
    for line in outside_fences(text):
        line = line.expandtabs(4)
        match = _ITEM.match(line)
        if not match or _RULE.fullmatch(line):
            if line[:1].strip():
                top = None
            continue
        indent = len(match[1] or match[4] or "")
        nested = top is not None and indent >= top + 2
        items.append(ListItem(match[2] or str(int(match[3] or match[5])), nested))
        if not nested:
            top = indent
    return items


def is_item(line: str) -> bool:
    """Whether a line is a list item."""
    return bool(_ITEM.match(line)) and not _RULE.fullmatch(line)


def undecorated(line: str) -> str:
    """Removes heading, quote, bullet and emphasis signs around the text of a line, and an opening quote before it."""
    return line.strip().lstrip('#>*_-•+ \t"“„').rstrip("#*_ \t")
