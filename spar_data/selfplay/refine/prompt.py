"""The request that asks a model to refine a response which was judged to fail, and the refined text in the reply.

Method and reply format are those of SPaR (arXiv 2412.11605): a chat of three turns (the judge's request, the judgement, the
request to refine), a reflection, and the refined text between `[[start]]` and `[[end]]`. The wording is ours: `_assets/requests/refine.txt.jinja`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from spar_data.core.templates import render
from spar_data.models import Message, Request, Unparsed
from spar_data.selfplay.judge.prompt import judge_request

_PLACEHOLDER = "the whole refined Output"
_TAG = re.compile(r"\[\[\s*(?:(start)|end)\s*\]\]", re.IGNORECASE)
_HEADER = re.compile(
    r"\b(?:final|refined|revised)[ \t]+(?:\w+[ \t]+)?(?:output|response|answer|text|version)[\s*_#:：`\-–—]*$",
    re.IGNORECASE,
)
_NEAR = 60  # characters before a tag in which its header would stand


def refine_request(
    prompt: str,
    response: str,
    judgement: str,
    samples: int = 1,
    temperature: float = 0.7,
    top_p: float = 1.0,
    max_tokens: int = 3072,
) -> Request:
    """Asks for so many refinements, with the values of the authors' script. The texts may hold braces and template words."""
    first_turn = judge_request(prompt, response).messages
    turn = render("requests/refine.txt.jinja", placeholder=_PLACEHOLDER).rstrip()
    messages = (*first_turn, Message("assistant", judgement), Message("user", turn))
    return Request(messages, temperature, max_tokens, top_p=top_p, n=samples)


class _Tag(NamedTuple):
    opens: bool
    start: int
    end: int


def parse_refinement(reply: str, prompt: str = "", response: str = "") -> str | Unparsed:
    """Returns the refined text, stripped.

    A `[[start]]` counts if it follows the words "Final Refined Output" (or similar ones) or begins a line; otherwise the
    reply only mentions it. Of several blocks the last one counts. Tags inside a block belong to its text if they come in
    pairs. A block without its `[[end]]` was cut off, and no earlier block replaces it. If prompt or response hold such tags
    themselves, the text may hold single ones too: then it goes from the first tag after the header to the last one, if
    nothing follows that.
    """
    tags = [_Tag(bool(m[1]), m.start(), m.end()) for m in _TAG.finditer(reply)]
    if not any(tag.opens for tag in tags):
        return Unparsed("no [[start]]")
    if _TAG.search(prompt) or _TAG.search(response):
        whole = _outermost(reply, tags)
        if whole is not None:
            return _text(whole)
    ends = _matches(tags)
    blocks: list[tuple[int, int | None]] = []  # positions in tags; None: never closed
    inside = -1
    for at, tag in enumerate(tags):
        if tag.opens and at > inside and _anchored(reply, tag.start):
            blocks.append((at, ends.get(at)))
            inside = max(inside, ends.get(at, -1))
    if not blocks:
        return Unparsed("[[start]] is mentioned, but begins no text")
    first, last = blocks[-1]
    if last is None:
        return Unparsed("no [[end]]: cut off")
    cut_off = any(end is None for _, end in blocks)
    if cut_off and reply[tags[last].end :].strip():
        return Unparsed("no [[end]] for the outer [[start]]: cut off")
    return _text(reply[tags[first].end : tags[last].start])


def _matches(tags: list[_Tag]) -> dict[int, int]:
    """Maps each [[start]] to the [[end]] that closes it, as brackets are matched."""
    unclosed: list[int] = []
    ends: dict[int, int] = {}
    for at, tag in enumerate(tags):
        if tag.opens:
            unclosed.append(at)
        elif unclosed:
            ends[unclosed.pop()] = at
    return ends


def _outermost(reply: str, tags: list[_Tag]) -> str | None:
    starts = [tag for tag in tags if tag.opens and _after_header(reply, tag.start)]
    if not starts or tags[-1].opens or reply[tags[-1].end :].strip():
        return None
    return reply[starts[-1].end : tags[-1].start]


def _anchored(reply: str, at: int) -> bool:
    before = reply[max(0, at - _NEAR) : at]
    begins_line = "\n" in before or at <= _NEAR
    return (begins_line and not before.rpartition("\n")[2].strip(" \t*_`>#")) or _after_header(reply, at)


def _after_header(reply: str, at: int) -> bool:
    return bool(_HEADER.search(reply[max(0, at - _NEAR) : at]))


def _text(inside: str) -> str | Unparsed:
    text = inside.strip()
    if not text:
        return Unparsed("nothing between [[start]] and [[end]]")
    if text.strip(" .").lower() == _PLACEHOLDER.lower():
        return Unparsed("the form was repeated, not filled in")
    return text
