"""A model judges whether a response follows its prompt: the request, the verdict in the reply, and the vote.

Method and reply format of SPaR (arXiv 2412.11605): step-by-step verification, then `Final Judgement ... : Yes or No`;
five votes at temperature 0.7, of which the majority counts. The wording is ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.models import Answer, Completion, Failure, Message, Request, Unparsed, fill

_TEMPLATE = """\
You are an expert at judging whether a text follows the instructions it was written to.
Below are a Prompt and an Output written in answer to it. Check the Output against every constraint of the Prompt, one
by one, and name each constraint that is not satisfied. The Output follows the Prompt only if all are.

Prompt: “{prompt}”

Output: “{response}”

Reply in this form:
Step-by-step verification: what you found for each constraint
Final Judgement (if the Output accurately follows the Prompt): (Yes or No)"""

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
    """The values of the authors' script; prompt and response may hold braces and template words."""
    text = fill(_TEMPLATE, prompt=prompt, response=response)
    return Request((Message("user", text),), temperature, max_tokens, n=votes)


def parse_verdict(reply: str) -> bool | Unparsed:
    """True for Yes, False for No.

    The last header that a verdict follows counts: judges quote the form, or the prompt, before they decide. The verdict
    must be the first word after the header and its brackets, a whole word in any case: "Not", "None" and "Now" are none,
    and neither is the form's own "(Yes or No)".
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
    """Where headers end. Looking for a word first takes a third of the time, but positions are those of the lower-case
    text for ASCII only."""
    if not reply.isascii():
        return [header.end() for header in _HEADER.finditer(reply)]
    lower, found, at = reply.lower(), [], -1
    while (at := lower.find("final", at + 1)) >= 0:
        if header := _HEADER.match(lower, at):
            found.append(header.end())
    return found


@dataclass(frozen=True)
class Vote:
    """yes, no: valid votes; unparsed: replies without a verdict; failed: calls without a reply."""

    yes: int
    no: int
    unparsed: int
    failed: int

    @property
    def verdict(self) -> str:
        """Yes, No, tie (as many of each), or unparsed (no valid vote at all)."""
        if not self.yes and not self.no:
            return "unparsed"
        return "tie" if self.yes == self.no else "Yes" if self.yes > self.no else "No"


Said = bool | Unparsed | Failure  # what one reply comes to


def parse_all(answers: Sequence[Answer]) -> list[Said]:
    """The verdict of each reply, or why it has none."""
    return [parse_verdict(each.text) if isinstance(each, Completion) else each for each in answers]


def tally(said: Sequence[Said]) -> Vote:
    """Counts the votes of one response. What does not parse is counted apart, never scored."""
    yes, no = said.count(True), said.count(False)
    failed = sum(isinstance(each, Failure) for each in said)
    return Vote(yes, no, len(said) - yes - no - failed, failed)


def count(answers: Sequence[Answer]) -> Vote:
    """The same from replies."""
    return tally(parse_all(answers))
