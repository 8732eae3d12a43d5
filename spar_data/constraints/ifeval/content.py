"""detectable_content:* and detectable_format:* of IFEval, in time linear in the response.

Where the official regular expression backtracks repeatedly, a scan with the same result replaces it;
tests/spar_data/constraints/ifeval/test_official.py compares both.
"""

from __future__ import annotations

import json
import re

from spar_data.constraints.ifeval import patterns
from spar_data.constraints.verdict import Verdict, judge, shortened

ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


def number_placeholders(response: str, *, num_placeholders: int) -> Verdict:
    r"""Counts `\[.*?\]`: pairs of square brackets on one line."""
    lines = (line[: line.rfind("]") + 1] for line in response.split("\n"))  # behind it no bracket is closed
    count = sum(len(re.findall(r"\[.*?\]", line)) for line in lines)
    return judge(count, "placeholder", "at least", num_placeholders)


def postscript(response: str, *, postscript_marker: str) -> Verdict:
    """The marker occurs anywhere, in any case. Markers other than the two of the benchmark are regular expressions."""
    marker = postscript_marker.strip()
    pattern = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}.get(marker)
    passed = patterns.is_found(pattern or marker.lower(), response.lower(), "" if pattern else marker)
    return Verdict(passed, f"{'has' if passed else 'without'} '{marker}'")


def number_bullet_lists(response: str, *, num_bullets: int) -> Verdict:
    r"""Counts `^\s*\*[^\*].*$` and `^\s*-.*$`: lines that begin with a single star or with a hyphen."""
    lines = [line.lstrip() for line in response.split("\n")]
    stars, at = 0, 0
    while at < len(lines):
        if lines[at] == "*" and at + 1 < len(lines):  # the pattern takes the line break and the next line too
            stars, at = stars + 1, at + 2
            continue
        stars += lines[at][:1] == "*" and lines[at][1:2] not in ("", "*")
        at += 1
    return judge(stars + sum(line[:1] == "-" for line in lines), "bullet point", "exactly", num_bullets)


def constrained_response(response: str) -> Verdict:
    """One of the three answers occurs anywhere."""
    answers = [answer for answer in ANSWERS if answer in response]
    return Verdict(bool(answers), f"has '{answers[0]}'" if answers else f"has none of {', '.join(map(repr, ANSWERS))}")


def number_highlighted_sections(response: str, *, num_highlights: int) -> Verdict:
    """Counts spans between single stars and spans between double stars."""
    single = sum(bool(span.strip("*").strip()) for span in re.findall(r"\*[^\n\*]*\*", response))
    double = sum(bool(span.strip()) for span in re.findall(r"\*\*([^\n\*]*)\*\*", response))
    return judge(single + double, "highlighted section", "at least", num_highlights)


def multiple_sections(response: str, *, section_spliter: str, num_sections: int) -> Verdict:
    """Counts the splitter, a regular expression, before a number, anywhere; more sections than asked pass."""
    splitter = section_spliter.strip()
    sections = patterns.parts(rf"\s?{splitter}\s?\d+\s?", response, splitter) - 1
    return judge(sections, f"'{splitter}' with a number", "at least", num_sections)


def json_format(response: str) -> Verdict:
    """The response is JSON, without a fence at its start and end."""
    text = response.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        text = text.removeprefix(fence)
    return parsed(text.removesuffix("```").strip())


def parsed(text: str) -> Verdict:
    """Checks that a text is JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        return Verdict(False, f"not JSON: {error}" if isinstance(error, ValueError) else "not JSON: nested too deeply")
    return Verdict(True, "valid JSON")


def title(response: str) -> Verdict:
    """`<<[^\\n]+>>` with text inside: from the first << of a line to its last >>."""
    for line in response.split("\n"):
        start, end = line.find("<<"), line.rfind(">>")
        if start >= 0 and end > start + 2 and (text := line[start : end + 2].lstrip("<").rstrip(">").strip()):
            return Verdict(True, f"title '{shortened(text)}'")
    return Verdict(False, "no title in <<double angular brackets>>")
