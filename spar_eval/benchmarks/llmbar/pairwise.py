"""Judging two outputs side by side: the request, the choice in a reply, and the votes of one order. The wording is ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from spar_data.core import templates
from spar_data.models import Answer, Completion, Message, Request, Unparsed
from spar_data.selfplay.judge.votes import majority

_HEADER = re.compile(r"\bbetter[ \t]+output\b", re.IGNORECASE)
# what may come between the header and the choice: brackets, "(A or B)" repeated, marks of emphasis, a colon
_FILLER = re.compile(
    r"[\s*_#:：\-–—>\"'“”`=]+"
    r"|\((?![\s*_]*(?:output\s+)?[ab][\s*_.!]*\))[^()\n]*\)"
    r"|\[(?![\s*_]*(?:output\s+)?[ab][\s*_.!]*\])[^\[\]\n]*\]"
    r"|a\s*(?:/|or|\|)\s*b\b(?!\w)",
    re.IGNORECASE,
)
# a letter and then an end of some kind: "a" may be an article, "A and B" is no choice, "Output A:" begins a section
_CHOICE = re.compile(
    r"[(\[{<]*[\s*_]*(?:output[\s*_]+)?[(\[]?[\s*_]*([ab])\b"
    r"(?![\s*_)\]]*(?:,|and|or|&|/|\||=)[\s*_(\[]*(?:output[\s*_]+)?[ab]\b)"
    r"(?![\s*_)\]]*\n[\s*_(\[]*(?:output[\s*_]+)?[ab][\s*_)\]]*(?:$|[\n:]))"
    r"[ \t*_)\]}>\"'”`]*(?=$|[\n.,;!(–—]|\s+(?:-|–|—|because|since|as|is\s+better)(?:\s|$))",
    re.IGNORECASE,
)


def compare_request(
    prompt: str, first: str, second: str, votes: int = 1, temperature: float = 0.7, max_tokens: int = 2048
) -> Request:
    """The three texts may contain braces and template words."""
    text = templates.render("llmbar_pairwise.txt.jinja", "spar_eval", prompt=prompt, first=first, second=second)
    return Request((Message("user", text.removesuffix("\n")),), temperature, max_tokens, n=votes)


def parse_choice(reply: str) -> int | Unparsed:
    """Returns 1 for A, the output that came first, or 2 for B.

    The last header that is followed by a choice counts. A choice is the letter alone, with or without brackets, with or
    without "Output" before it: "a tie", "A and B" and the form's own "(A or B)" are no choices.
    """
    headers = list(_HEADER.finditer(reply))
    if not headers:
        return Unparsed("no better output named")
    for header in reversed(headers):
        position = header.end()
        while filler := _FILLER.match(reply, position):
            position = filler.end()
        if letter := _CHOICE.match(reply, position):
            return 1 if letter[1].lower() == "a" else 2
    return Unparsed("no A or B after the better output")


class PlaceVotes(NamedTuple):
    """Votes on a pair in one order.

    place: 1 or 2, the output with the majority. problem: tie, unparsed or failed if there is no majority, else "". text: how
    often each place was chosen, and how many replies did not parse or are missing.
    """

    place: int | None
    problem: str
    text: str


def count_places(answers: Sequence[Answer]) -> PlaceVotes:
    """Counts by the rule of `votes.majority`: more than half of the votes have to name an output."""
    parsed = [parse_choice(answer.text) if isinstance(answer, Completion) else None for answer in answers]
    words = ["failed" if p is None else "unparsed" if isinstance(p, Unparsed) else ("Yes", "No")[p - 1] for p in parsed]
    verdict, _ = majority(words)
    place = {"Yes": 1, "No": 2}.get(verdict)
    names = {"Yes": "for the first", "No": "for the second", "unparsed": "unparsed", "failed": "failed"}
    text = ", ".join(f"{words.count(word)} {name}" for word, name in names.items())
    return PlaceVotes(place, "" if place else verdict, text)
