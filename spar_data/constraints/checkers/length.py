"""How long a response is, and into how many parts it falls."""

from __future__ import annotations

import re

from spar_data.constraints.text import words as text
from spar_data.constraints.text.markdown import outside_fences, undecorated
from spar_data.constraints.text.sentences import sentences as split_sentences
from spar_data.constraints.verdict import Verdict, judge


def characters(response: str, *, relation: str, n: int) -> Verdict:
    """Counts code points without the white space around the response; a line break of any kind counts one."""
    return judge(len("\n".join(response.strip().splitlines())), "character", relation, n)


def words(response: str, *, relation: str, n: int) -> Verdict:
    """Counts words as `text.words` does: each character of Chinese, Japanese or Thai is one."""
    return judge(len(text.words(response)), "word", relation, n)


def sentences(response: str, *, relation: str, n: int) -> Verdict:
    """Counts sentences as `segment.sentences` does; code blocks have none."""
    return judge(len(split_sentences(response)), "sentence", relation, n)


def paragraphs(response: str, *, relation: str, n: int) -> Verdict:
    """Counts blocks separated by blank lines; a heading of its own and a list are blocks like any other."""
    return judge(len(text.paragraphs(response)), "paragraph", relation, n)


def sections(response: str, *, marker: str, n: int) -> Verdict:
    """Exactly n lines begin with the marker and the numbers 1 to n in order, e.g. 'Section 1'.

    Headings, emphasis and upper or lower case do not matter; lines in code fences and 'Section 1.1' are not counted.
    """
    start = re.compile(rf"{re.escape(text.fold(marker.strip()))}[ \t]*(\d{{1,9}})(?!\.?\d)")
    found = [int(m[1]) for line in outside_fences(response) if (m := start.match(text.fold(undecorated(line))))]
    if found == list(range(1, n + 1)):
        return Verdict(True, f"'{marker.strip()} 1' to '{marker.strip()} {n}' in order")
    numbers = ", ".join(map(str, found[:20])) or "none"
    return Verdict(False, f"lines with '{marker.strip()}' have the numbers: {numbers}; 1 to {n} in order asked")
