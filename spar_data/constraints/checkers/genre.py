"""Forms of text that have rules of their own: poem, script, letter and post."""

from __future__ import annotations

import re

from spar_data.constraints.text.markdown import undecorated
from spar_data.constraints.text.words import fold, lines, occurrences
from spar_data.constraints.verdict import Verdict, counted, judge, shortened

_NAME = re.compile(r"(?:[^\W_]|[.'’&/ -]){1,40}")
_ASIDE = re.compile(r"\([^()]*\)|（[^（）]*）|\[[^\[\]]*\]")
HASHTAG = re.compile(r"(?<![\w&])[#＃](?=\d{0,30}[^\W\d_])\w+")


def poem_lines(response: str, *, n: int) -> Verdict:
    """Exactly n lines that are not blank; a title counts as a line."""
    return judge(len(lines(response)), "line", "exactly", n)


def script_lines(response: str, *, n: int) -> Verdict:
    """At least n lines 'NAME: text' by at least two speakers.

    A name has up to four words and does not begin in lower case. A stage direction in brackets may follow the name, and
    lines of any other form may stand in between.
    """
    speakers = [speaker for line in lines(response) if (speaker := speaker_of(line))]
    enough = len(speakers) >= n
    reason = f"{counted(len(speakers), 'line')} by {counted(len(set(speakers)), 'speaker')}"
    return Verdict(enough and len(set(speakers)) >= 2, f"{reason}, at least {n} by 2 asked")


def speaker_of(line: str) -> str:
    """Returns the folded name of the speaker of a line, "" if the line is not a speech."""
    head, colon, speech = line[:300].replace("：", ":").partition(":")
    name = _ASIDE.sub("", undecorated(head)).strip(" *_")
    spoken = any(c.isalnum() for c in _ASIDE.sub("", speech)) and not speech.startswith("//")
    fits = _NAME.fullmatch(name) and name[0].isalpha() and not name[0].islower() and len(name.split()) <= 4
    return fold(name) if colon and spoken and fits else ""


def letter(response: str, *, greeting: str, closing: str) -> Verdict:
    """The first line that is not blank begins with the greeting and one of the last three with the closing.

    Case and emphasis are ignored. The closing has to stand below the greeting.
    """
    folded = [fold(undecorated(line)) for line in lines(response)]
    if not folded or occurrences(fold(greeting), folded[0])[:1] != [0]:
        first = shortened(folded[0] if folded else "")
        return Verdict(False, f"first line begins with '{first}', not with '{greeting}'")
    if not any(occurrences(fold(closing), line)[:1] == [0] for line in folded[1:][-3:]):
        return Verdict(False, f"none of the last three lines begins with '{closing}'")
    return Verdict(True, f"begins with '{greeting}' and closes with '{closing}'")


def hashtag_post(response: str, *, limit: int) -> Verdict:
    """A short post: at most `limit` characters without surrounding white space, and at least one hashtag.

    A hashtag needs a letter after '#' and any digits: '#1' and a heading are not hashtags.
    """
    size, tags = len(response.strip()), len(HASHTAG.findall(response))
    return Verdict(size <= limit and tags > 0, f"{size} characters, at most {limit} asked; {counted(tags, 'hashtag')}")
