"""Punctuation marks that a response contains or avoids.

A Western mark covers its forms in other scripts: ',' covers '，' and '、'. The mark of another script covers itself only.
"""

from __future__ import annotations

import re

from spar_data.constraints.verdict import Verdict, counted, explained, judge, shortened

_SAME = ', ， 、 ،|! ！|? ？ ؟|; ； ؛|: ：|. 。 ． ｡|( （|) ）|" “ ” „ ＂|... …|… ...'
_FORMS = {mark: others for mark, *others in map(str.split, _SAME.split("|"))}


def absent(response: str, *, mark: str) -> Verdict:
    """The mark occurs nowhere, not even in numbers and code."""
    places = _find(response, mark)
    where = f", first at character {places[0] + 1}" if places else ""
    return Verdict(not places, f"{counted(len(places), 'occurrence')} of '{mark}'{where}")


def count(response: str, *, mark: str, relation: str, n: int) -> Verdict:
    """Counts the occurrences of the mark, without overlaps."""
    return judge(len(_find(response, mark)), "occurrence", relation, n, of=f" of '{mark}'")


def starts(response: str, *, mark: str) -> Verdict:
    """The first character is the mark; white space and Markdown emphasis before it are ignored."""
    text = response.strip()
    passed = text.startswith(forms(mark)) or text.lstrip("*_ ").startswith(forms(mark))
    return explained(passed, f"begins with '{shortened(text[:20])}'", f", not with '{mark}'")


def ends(response: str, *, mark: str) -> Verdict:
    """The last character is the mark; white space and Markdown emphasis behind it are ignored, a closing quote is not."""
    text = response.strip()
    passed = text.endswith(forms(mark)) or text.rstrip("*_ ").endswith(forms(mark))
    return explained(passed, f"ends with '{shortened(text[-20:])}'", f", not with '{mark}'")


def forms(mark: str) -> tuple[str, ...]:
    """Returns the mark and its forms in other scripts."""
    return (mark, *_FORMS.get(mark, ()))


def _find(response: str, mark: str) -> list[int]:
    return [m.start() for m in re.finditer("|".join(map(re.escape, forms(mark))), response)]
