"""The request that asks a model whether a response follows its prompt, and the verdict in the reply.

Method and reply format of SPaR (arXiv 2412.11605): step-by-step verification, then `Final Judgement ... : Yes or No`;
five votes at temperature 0.7, of which the majority counts. The wording is ours: `_assets/requests/judge.txt.jinja`.
"""

from __future__ import annotations

import re

from spar_data.core.templates import render
from spar_data.models import Message, Request, Unparsed

_HEADER = re.compile(r"final[ \t]+judge?ment", re.IGNORECASE)
# what may stand between the header and the verdict: its brackets, "(Yes or No)" repeated, marks of emphasis, a colon
_FILLER = re.compile(
    r"[\s*_#:：\-\u2013\u2014>\"'“”`=]+"
    r"|\((?![\s*_]*(?:yes|no)[\s*_.!]*\))[^()\n]*\)"
    r"|\[(?![\s*_]*(?:yes|no)[\s*_.!]*\])[^\[\]\n]*\]"
    r"|yes\s*(?:/|or|\|)\s*no\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[(\[{<]*\s*\**(yes|no)\b(?!\s*(?:/|or\b|\|))(?!\w)(?![-'’]\w)", re.IGNORECASE)


def judge_request(
    prompt: str, response: str, votes: int = 5, temperature: float = 0.7, max_tokens: int = 2048
) -> Request:
    """Asks for so many votes, with the values of the authors' script. Prompt and response may hold braces and template words."""
    text = render("requests/judge.txt.jinja", prompt=prompt, response=response).rstrip()
    return Request((Message("user", text),), temperature, max_tokens, n=votes)


def parse_verdict(reply: str) -> bool | Unparsed:
    """Returns True for Yes and False for No.

    The last header that a verdict follows counts, since judges quote the form or the prompt before they decide. The verdict
    is the first word after the header and its brackets, in upper or lower case. It has to be the whole word: "Not", "None"
    and "Now" do not count, and neither does "(Yes or No)" of the form.
    """
    headers = _headers(reply)
    if not headers:
        return Unparsed("no final judgement")
    for at in reversed(headers):
        while filler := _FILLER.match(reply, at):
            at = filler.end()
        word = _WORD.match(reply, at)
        if word:
            return word[1].lower() == "yes"
    return Unparsed("no Yes or No after the final judgement")


def _headers(reply: str) -> list[int]:
    """The positions where headers end. The search for a word first takes a third of the time, but finds the right positions
    in ASCII text only."""
    if not reply.isascii():
        return [header.end() for header in _HEADER.finditer(reply)]
    lower, ends, at = reply.lower(), [], -1
    while (at := lower.find("final", at + 1)) >= 0:
        if header := _HEADER.match(lower, at):
            ends.append(header.end())
    return ends
