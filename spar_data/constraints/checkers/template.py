"""Responses that follow a template."""

from __future__ import annotations

import re

from spar_data.constraints.text.markdown import outside_fences
from spar_data.constraints.text.words import straight
from spar_data.constraints.verdict import Verdict, shortened

_DECORATION = r"[ \t#>*_•\"“„-]*"
_OPTION = re.compile(rf"{_DECORATION}(?:\(([A-Z])\)|（([A-Z])）|([A-Z])[)）．]|([A-Z])\.(?=[*_]*[ \t]))(?=.*[^\W_])")


def labelled_parts(response: str, *, labels: list[str]) -> Verdict:
    """Each label occurs once at the start of a line, in the given order, followed by ':' or '：' and some text.

    The text may begin on a later line. Headings, bullets and emphasis around a label are ignored, case is not.
    """
    names = [label.strip() for label in labels]
    choice = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    pattern = re.compile(rf"^{_DECORATION}({choice})[*_]*[ \t]*[:：]", re.MULTILINE)
    matches = list(pattern.finditer(response))
    present = [match[1] for match in matches]
    for name in names:
        if (times := present.count(name)) != 1:
            return Verdict(False, f"label '{name}:' stands {times} times at the start of a line, once asked")
    if present != names:
        return Verdict(False, f"labels in the order {', '.join(present)}; {', '.join(names)} asked")
    ends = [match.start() for match in matches[1:]] + [len(response)]
    for match, end in zip(matches, ends, strict=True):
        if not response[match.end() : end].strip(" \t\r\n*_#>-•"):
            return Verdict(False, f"no text behind label '{match[1]}:'")
    return Verdict(True, "all labels in order, each with text")


def multiple_choice(response: str, *, n: int) -> Verdict:
    """Exactly n lines with options, labelled A, B, ... in order: 'A) text', 'A. text' or '(A) text'.

    Bullets and emphasis around the label are ignored, and so are code fences.
    """
    labels = [next(filter(None, m.groups())) for line in outside_fences(response) if (m := _OPTION.match(line))]
    expected = [chr(ord("A") + i) for i in range(n)]
    if labels == expected:
        return Verdict(True, f"options {' '.join(expected)}")
    return Verdict(False, f"options {' '.join(labels[:30]) or 'none'}; {n} asked: {' '.join(expected)}")


def wrapped(response: str, *, opening: str, closing: str) -> Verdict:
    """The response begins with `opening`, ends with `closing` and has text in between; curly quotes match straight ones."""
    inside, prefix, suffix = straight(response.strip()), straight(opening.strip()), straight(closing.strip())
    if not inside.startswith(prefix):
        return Verdict(False, f"begins with '{shortened(inside[: len(prefix) + 10])}', not with '{opening}'")
    if not inside.endswith(suffix):
        return Verdict(False, f"ends with '{shortened(inside[-len(suffix) - 10 :])}', not with '{closing}'")
    if not inside[len(prefix) : len(inside) - len(suffix)].strip():
        return Verdict(False, f"nothing between '{opening}' and '{closing}'")
    return Verdict(True, f"wrapped in '{opening}' and '{closing}'")
