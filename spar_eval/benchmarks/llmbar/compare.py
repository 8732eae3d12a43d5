"""Two outputs side by side: the request, the choice in the reply, and the vote of one order. The wording is ours."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.models import Answer, Completion, Message, Request, Unparsed, fill

TEMPLATE = """\
You are an expert at judging whether a text follows the instructions it was written to.
Below are a Prompt and two Outputs written in answer to it. Decide which of the two follows the Prompt better: does what it
asks for, precisely and honestly, and no other task. A friendlier tone, more detail or a longer text are no merit in
themselves, and neither is standing first.

Prompt: “{prompt}”

Output A: “{first}”

Output B: “{second}”

Reply in this form, and choose exactly one:
Step-by-step comparison: what you found for each Output
Better Output: (A or B)"""

_HEADER = re.compile(r"\bbetter[ \t]+output\b", re.IGNORECASE)
# what may stand between the header and the choice: its brackets, "(A or B)" repeated, marks of emphasis, a colon
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
    """The three texts may hold braces and template words."""
    text = fill(TEMPLATE, prompt=prompt, first=first, second=second)
    return Request((Message("user", text),), temperature, max_tokens, n=votes)


def parse_choice(reply: str) -> int | Unparsed:
    """1 for A, the output that stood first, 2 for B.

    The last header that a choice follows counts. The choice is the letter alone, in brackets or not, "Output" before it or
    not: "a tie", "A and B" and the form's own "(A or B)" are none.
    """
    headers = list(_HEADER.finditer(reply))
    if not headers:
        return Unparsed("no better output named")
    for header in reversed(headers):
        at = header.end()
        while filler := _FILLER.match(reply, at):
            at = filler.end()
        letter = _CHOICE.match(reply, at)
        if letter:
            return 1 if letter[1].lower() == "a" else 2
    return Unparsed("no A or B after the better output")


@dataclass(frozen=True)
class Choice:
    """Votes for the output that stood first and for the second; unparsed: replies without a choice; failed: calls without
    a reply."""

    first: int
    second: int
    unparsed: int
    failed: int

    @property
    def place(self) -> int | None:
        """1 or 2, the place that most valid votes name; None for a tie and for no valid vote."""
        return None if self.first == self.second else 1 if self.first > self.second else 2

    @property
    def problem(self) -> str:
        """tie, unparsed or failed where there is no choice, else ""."""
        if self.place:
            return ""
        return "tie" if self.first else "unparsed" if self.unparsed else "failed"


def count_choices(answers: Sequence[Answer]) -> Choice:
    parsed = [parse_choice(a.text) for a in answers if isinstance(a, Completion)]
    kinds = Counter(0 if isinstance(p, Unparsed) else p for p in parsed)
    return Choice(kinds[1], kinds[2], kinds[0], len(answers) - len(parsed))
