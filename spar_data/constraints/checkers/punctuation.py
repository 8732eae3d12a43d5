"""Punctuation marks that a response has or does not have.

A Western mark stands for its forms in other scripts too: ',' covers '，' and '、'; '，' stands for itself alone.
"""

from __future__ import annotations

import re

from spar_data.constraints.verdict import Verdict, counted, judge, shortened

_FORMS = {
    ",": ("，", "、", "،"),
    "!": ("！",),
    "?": ("？", "؟"),
    ";": ("；", "؛"),
    ":": ("：",),
    ".": ("。", "．", "｡"),
    "(": ("（",),
    ")": ("）",),
    '"': ("“", "”", "„", "＂"),
    "...": ("…",),
    "…": ("...",),
}


def absent(response: str, *, mark: str) -> Verdict:
    """The mark stands nowhere in the response, in numbers and code neither."""
    found = _find(response, mark)
    where = f", first at character {found[0] + 1}" if found else ""
    return Verdict(not found, f"{counted(len(found), 'occurrence')} of '{mark}'{where}")


def count(response: str, *, mark: str, relation: str, n: int) -> Verdict:
    """Counts where the mark stands, without overlaps."""
    return judge(len(_find(response, mark)), "occurrence", relation, n, of=f" of '{mark}'")


def starts(response: str, *, mark: str) -> Verdict:
    """The first character is the mark, white space and Markdown emphasis aside."""
    text = response.strip()
    found = text.startswith(forms(mark)) or text.lstrip("*_ ").startswith(forms(mark))
    return Verdict(found, f"begins with '{shortened(text[:20])}'" + ("" if found else f", not with '{mark}'"))


def ends(response: str, *, mark: str) -> Verdict:
    """The last character is the mark, white space and Markdown emphasis aside; a closing quote is not."""
    text = response.strip()
    found = text.endswith(forms(mark)) or text.rstrip("*_ ").endswith(forms(mark))
    return Verdict(found, f"ends with '{shortened(text[-20:])}'" + ("" if found else f", not with '{mark}'"))


def forms(mark: str) -> tuple[str, ...]:
    """The mark and its forms in other scripts."""
    return (mark, *_FORMS.get(mark, ()))


def _find(response: str, mark: str) -> list[int]:
    return [m.start() for m in re.finditer("|".join(map(re.escape, forms(mark))), response)]
