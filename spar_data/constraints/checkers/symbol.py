"""Signs in a response: a title in angle brackets, emojis, placeholders and arbitrary symbols."""

from __future__ import annotations

import re

from spar_data.constraints.text.words import fold, lines
from spar_data.constraints.verdict import Verdict, counted, judge, shortened
from spar_data.core.assets import asset
from spar_data.core.config import read_toml

_SIGNS = read_toml(asset("scripts.toml"))
_EMOJI, _TEXT = _SIGNS["emoji"], _SIGNS["text_or_emoji"]
_TONE = "\U0001f3fb-\U0001f3ff"
_PART = f"(?:[{_EMOJI}](?!\ufe0e)[{_TONE}]?\ufe0f?|[{_TEXT}](?:\ufe0f|[{_TONE}]))[\U000e0020-\U000e007f]*"
EMOJIS = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|{_PART}(?:\u200d(?:{_PART}|[{_TEXT}]))*")
_CHECK_BOX = re.compile(r"^[ \t>]*(?:[-*+•]|\d{1,9}[.)])[ \t]+\[[ xX]?\]", re.MULTILINE)
_PLACEHOLDER = re.compile(r"(?<![A-Za-z0-9_\]])\[([^\[\]\n]{1,120})\](?![(\[])(?!:[ \t]*(?:https?:|www\.|<|/|#))")


def title(response: str) -> Verdict:
    """The first line that is not blank is a title in double angle brackets, <<Title>>.

    Quotes, emphasis and '#' around it are ignored.
    """
    first = next(iter(lines(response)), "").strip('#*_ \t"“”')
    inside = first[2:-2]
    if not (first.startswith("<<") and first.endswith(">>") and len(first) > 4) or "<<" in inside or ">>" in inside:
        return Verdict(False, f"first line is '{shortened(first)}', a title such as <<Title>> asked")
    has_text = any(c.isalnum() for c in inside)
    return Verdict(has_text, f"title '{shortened(inside.strip())}'" if has_text else "no text in the title's brackets")


def emojis(response: str, *, relation: str, n: int) -> Verdict:
    """Counts emojis as a reader sees them: a joined family, a skin tone, a flag and a keycap count as one each.

    Digits, ©, ® and ™ do not count, nor do symbols that are shown as text, such as '✓' and '→'.
    """
    return judge(len(EMOJIS.findall(response)), "emoji", relation, n)


def placeholders(response: str, *, n: int) -> Verdict:
    """At least n different placeholders in square brackets, e.g. [name].

    Links, images, check boxes, footnotes and brackets without a letter do not count. Case and white space are ignored.
    """
    inside = (" ".join(fold(m[1]).split()) for m in _PLACEHOLDER.finditer(_CHECK_BOX.sub("", response)))
    names = {text for text in inside if any(c.isalpha() for c in text) and text[0] not in "^\"'"}
    return Verdict(len(names) >= n, f"{counted(len(names), 'different placeholder')}, at least {n} asked")


def custom(response: str, *, symbol: str, relation: str, n: int) -> Verdict:
    """Counts the occurrences of a symbol such as '→' or '***', without overlaps."""
    return judge(response.count(symbol), "occurrence", relation, n, of=f" of '{symbol}'")
