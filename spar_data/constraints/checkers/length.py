"""The length of a response and the number of its parts."""

from __future__ import annotations

import re

from spar_data.constraints.text import words as text
from spar_data.constraints.text.markdown import outside_fences, undecorated
from spar_data.constraints.text.sentences import sentences as split_sentences
from spar_data.constraints.verdict import Verdict, judge


def characters(response: str, *, relation: str, n: int) -> Verdict:
    """Counts code points without surrounding white space; a line break of any kind counts as one."""
    return judge(len("\n".join(response.strip().splitlines())), "character", relation, n)


def words(response: str, *, relation: str, n: int) -> Verdict:
    """Counts words as `text.words` does: each character of Chinese, Japanese or Thai is a word."""
    return judge(len(text.words(response)), "word", relation, n)


def sentences(response: str, *, relation: str, n: int) -> Verdict:
    """Counts sentences as `text.sentences` does; code blocks are ignored."""
    return judge(len(split_sentences(response)), "sentence", relation, n)


def paragraphs(response: str, *, relation: str, n: int) -> Verdict:
    """Counts blocks separated by blank lines; a heading or a list is a block too."""
    return judge(len(text.paragraphs(response)), "paragraph", relation, n)


def sections(response: str, *, marker: str, n: int) -> Verdict:
    """Exactly n lines begin with the marker and the numbers 1 to n in order, e.g. 'Section 1'.

    Heading signs, emphasis and case are ignored. Lines in code fences and 'Section 1.1' do not count.
    """
    start = re.compile(rf"{re.escape(text.fold(marker.strip()))}[ \t]*(\d{{1,9}})(?!\.?\d)")
    numbers = [int(m[1]) for line in outside_fences(response) if (m := start.match(text.fold(undecorated(line))))]
    if numbers == list(range(1, n + 1)):
        return Verdict(True, f"'{marker.strip()} 1' to '{marker.strip()} {n}' in order")
    listed = ", ".join(map(str, numbers[:20])) or "none"
    return Verdict(False, f"lines with '{marker.strip()}' have the numbers: {listed}; 1 to {n} in order asked")
