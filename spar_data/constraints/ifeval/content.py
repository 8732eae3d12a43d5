"""detectable_content:* and detectable_format:* of IFEval, in time linear in the response.

Where the official regular expression backtracks over and over, a scan with the same result stands in its place;
tests/spar_data/constraints/ifeval/test_official.py compares both.
"""

from __future__ import annotations

import json
import re

from spar_data.constraints.ifeval import patterns
from spar_data.constraints.verdict import Verdict, judge, shortened

ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


def number_placeholders(response: str, *, num_placeholders: int) -> Verdict:
    r"""Officially `\[.*?\]`: everything between square brackets on a line."""
    found, at = 0, response.find("[")
    while at >= 0:
        line_end = response.find("\n", at)
        close = response.find("]", at, line_end if line_end >= 0 else len(response))
        found += close >= 0
        after = close + 1 if close >= 0 else line_end
        at = response.find("[", after) if after >= 0 else -1
    return judge(found, "placeholder", "at least", num_placeholders)


def postscript(response: str, *, postscript_marker: str) -> Verdict:
    """Anywhere, in any case. A marker other than the two of the benchmark is a regular expression."""
    marker = postscript_marker.strip()
    known = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}.get(marker)
    found = patterns.is_found(known or marker.lower(), response.lower(), "" if known else marker)
    return Verdict(found, f"{'has' if found else 'without'} '{marker}'")


def number_bullet_lists(response: str, *, num_bullets: int) -> Verdict:
    r"""Officially `^\s*\*[^\*].*$` and `^\s*-.*$`: lines that begin with a star that is alone, or with a hyphen."""
    lines = [line.lstrip() for line in response.split("\n")]
    stars, at = 0, 0
    while at < len(lines):
        if lines[at] == "*" and at + 1 < len(lines):  # the line break is the character after it: two lines are one
            stars, at = stars + 1, at + 2
            continue
        stars += lines[at][:1] == "*" and lines[at][1:2] not in ("", "*")
        at += 1
    return judge(stars + sum(line[:1] == "-" for line in lines), "bullet point", "exactly", num_bullets)


def constrained_response(response: str) -> Verdict:
    found = [answer for answer in ANSWERS if answer in response]
    return Verdict(bool(found), f"has '{found[0]}'" if found else f"has none of {', '.join(map(repr, ANSWERS))}")


def number_highlighted_sections(response: str, *, num_highlights: int) -> Verdict:
    """Spans between single stars and spans between double stars, added up."""
    single = sum(bool(span.strip("*").strip()) for span in re.findall(r"\*[^\n\*]*\*", response))
    double = sum(
        bool(span.removeprefix("**").removesuffix("**").strip()) for span in re.findall(r"\*\*[^\n\*]*\*\*", response)
    )
    return judge(single + double, "highlighted section", "at least", num_highlights)


def multiple_sections(response: str, *, section_spliter: str, num_sections: int) -> Verdict:
    """The splitter and a number, anywhere; more sections than asked pass. The splitter is a regular expression."""
    splitter = section_spliter.strip()
    found = patterns.parts(rf"\s?{splitter}\s?\d+\s?", response, splitter) - 1
    return judge(found, f"'{splitter}' with a number", "at least", num_sections)


def json_format(response: str) -> Verdict:
    text = response.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        text = text.removeprefix(fence)
    return parsed(text.removesuffix("```").strip())


def parsed(text: str) -> Verdict:
    """Whether a text is JSON, and where it stops being."""
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return Verdict(False, f"not JSON: {error}" if isinstance(error, ValueError) else "not JSON: nested too deeply")
    return Verdict(True, "valid JSON")


def title(response: str) -> Verdict:
    """Officially `<<[^\\n]+>>` with something in it: from the first << of a line to its last >>."""
    for line in response.split("\n"):
        start, end = line.find("<<"), line.rfind(">>")
        if start >= 0 and end > start + 2 and (text := line[start : end + 2].lstrip("<").rstrip(">").strip()):
            return Verdict(True, f"title '{shortened(text)}'")
    return Verdict(False, "no title in <<double angular brackets>>")
