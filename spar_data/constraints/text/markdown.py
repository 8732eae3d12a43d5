"""The little Markdown that the checkers look at: code fences, list items and the signs around a line's text.

White space, '#', '>', bullets, emphasis and an opening quote at the start of a line are its *decoration*; what a
constraint says about the start of a line is about the text behind it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_ITEM = re.compile(r"([ \t]*)(?:([-*•+])|(?:\*\*|__)?(\d{1,9})[.)])(?=[ \t]+\S)|([ \t]*)(\d{1,9})[、．）]")
_RULE = re.compile(r"[ \t]*([-*_])(?:[ \t]*\1){2,}[ \t]*")


class Item(NamedTuple):
    """A list item: its bullet sign or '1', '2', ... and whether it is nested in another item."""

    sign: str
    nested: bool


def outside_fences(text: str) -> list[str]:
    """The lines of a text that are not part of a fenced code block. A fence that never closes runs to the end."""
    kept: list[str] = []
    fence = ""
    for line in text.splitlines():
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found and not (found[1][0] == "`" and "`" in found[2]):  # ```code``` in one line is no fence
            fence = found[1]
        else:
            kept.append(line)
    return kept


def unwrapped(text: str) -> str:
    """The inside of a response that is nothing but one fenced code block; any other text as it is, stripped."""
    rows = text.strip().splitlines()
    if len(rows) >= 2 and _FENCE.match(rows[0]) and not outside_fences(text.strip()):
        opened = _FENCE.match(rows[0])
        closed = _FENCE.match(rows[-1])
        if opened and closed and closed[1].startswith(opened[1]) and not closed[2].strip():
            return "\n".join(rows[1:-1]).strip()
    return text.strip()


def list_items(text: str) -> list[Item]:
    """The list items outside code fences. An item is nested if it is indented by two columns or more against the last
    item that is not; text at the margin ends a list."""
    items: list[Item] = []
    top: int | None = None  # the indent of the last item that is not nested
    for line in outside_fences(text):
        line = line.expandtabs(4)
        found = _ITEM.match(line)
        if not found or _RULE.fullmatch(line):
            if line[:1].strip():
                top = None
            continue
        indent = len(found[1] or found[4] or "")
        nested = top is not None and indent >= top + 2
        items.append(Item(found[2] or str(int(found[3] or found[5])), nested))
        if not nested:
            top = indent
    return items


def is_item(line: str) -> bool:
    """Whether a line is a list item."""
    return bool(_ITEM.match(line)) and not _RULE.fullmatch(line)


def undecorated(line: str) -> str:
    """A line without the heading, quote, bullet and emphasis signs around its text, and without an opening quote."""
    return line.strip().lstrip('#>*_-•+ \t"“„').rstrip("#*_ \t")
