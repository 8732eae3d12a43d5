"""Finds the places where a reply names its answer."""

from __future__ import annotations

import re
from typing import NamedTuple


class Mark(NamedTuple):
    """A place that names the answer, which stands between `end` and `stop`.

    boxed: the answer is all of the text there. colon: the mark is like "Answer:", which may also introduce an explanation.
    """

    start: int
    end: int
    stop: int
    boxed: bool
    colon: bool


# GSM8K's mark, which is also a heading of Markdown: "#### Step 2", "#### 1. Count the eggs"
_HASHES = r"####[ \t]*(?=[-−$€£¥\d.*\\(])(?!\d+[.):][ \t]+\S)(?![^\n]{0,60}?[a-z]{1,20}[ \t][a-z]{1,20}[ \t][a-z])"
_VERB = (
    r"(?:(?:is|was|would be|will be|must be|should be|equals)\b|:|=)(?:[ \t]*(?:thus|therefore|clearly|simply|then)\b)?"
)
_ANSWER = r"\banswer\b[ \t*_]*(?:\([^()\n]{0,40}\)[ \t*_]*)?(?:(?:to|for)\b[^.:\n]{0,80}?)?" + _VERB + "[ \t]*:?"
_HEADING = r"^[ \t]*(?:#+[ \t]*|\*\*)(?:final[ \t]+)?answer[ \t*:]*$"
_NUMBER_MARK = re.compile(f"{_HASHES}|{_ANSWER}|{_HEADING}", re.IGNORECASE | re.MULTILINE)
_LABEL_MARK = re.compile(
    rf"{_ANSWER}|{_HEADING}|\b(?:correct|right|best)[ \t]+(?:option|choice)\b[ \t*_]*{_VERB}[ \t]*:?"
    r"|\bI[ \t]+(?:would[ \t]+)?(?:choose|select|pick)\b",
    re.IGNORECASE | re.MULTILINE,
)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_NEXT_PROBLEM = re.compile(r"\n[ \t*#]*(?:question|problem|q)[ \t]*\d*[ \t*]*:", re.IGNORECASE)


def number_marks(text: str) -> list[Mark]:
    """The marks that may name a number, in the order of the text."""
    return _marks(text, _NUMBER_MARK)


def label_marks(text: str) -> list[Mark]:
    """The marks that may name a label, in the order of the text."""
    return _marks(text, _LABEL_MARK)


def first_problem(reply: str) -> str:
    """The reply without further problems ("Question: ...") that a model makes up once it has answered the first one."""
    for match in _NEXT_PROBLEM.finditer(reply):
        if _LABEL_MARK.search(reply, 0, match.start()) or _NUMBER_MARK.search(reply, 0, match.start()):
            return reply[: match.start()]
    return reply


def _marks(text: str, pattern: re.Pattern[str]) -> list[Mark]:
    marks = [
        Mark(m.start(), m.end(), len(text), False, m[0].rstrip().endswith((":", "="))) for m in pattern.finditer(text)
    ]
    boxes = {m.end() - 1: m.start() for m in _BOX.finditer(text)}
    open_braces: list[tuple[int, int] | None] = []  # (start of the box, start of its content); None for other braces
    for brace in re.finditer(r"[{}]", text) if boxes else ():
        at = brace.start()
        if brace[0] == "{":
            open_braces.append((boxes[at], at + 1) if at in boxes else None)
        elif open_braces and (box := open_braces.pop()):
            marks.append(Mark(*box, at, True, False))
    marks.sort()
    stops = [*(mark.start for mark in marks[1:]), len(text)]
    return [mark if mark.boxed else mark._replace(stop=stop) for mark, stop in zip(marks, stops, strict=False)]
