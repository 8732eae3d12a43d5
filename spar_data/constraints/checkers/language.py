"""The language of a response."""

from __future__ import annotations

import math
from collections import Counter

from spar_data.constraints.text.language_of import LANGUAGES, READ, detect, letters, prose
from spar_data.constraints.verdict import Verdict
from spar_data.core.errors import SparError, nearest

_WINDOWS = 5


def is_language(response: str, *, code: str) -> Verdict:
    """The response is in the language with that ISO 639-1 code; code blocks and URLs are ignored.

    A long response is read at up to five places, and at most one of them may be in another language. Fewer than three
    letters fail. A code that cannot be detected is a SparError.
    """
    if code not in LANGUAGES:
        raise SparError(f"Language '{code}' cannot be detected.{nearest(code, LANGUAGES)}")
    text = prose(response).strip()
    if letters(text) < 3:
        return Verdict(False, f"too little text to tell the language: {letters(text)} letters, at least 3 needed")
    found = Counter(map(detect, _windows(text)))
    most = found.most_common(1)[0][0]
    passed = found[code] >= math.ceil(0.8 * found.total())
    if passed:
        return Verdict(True, f"the language is '{code}'")
    if most != code:
        return Verdict(False, f"the language is '{most}', '{code}' asked")
    others = ", ".join(f"'{other}'" for other in sorted(found) if other != code)
    return Verdict(False, f"parts of the response are in {others}, '{code}' asked")


def _windows(text: str) -> list[str]:
    """Up to five stretches of the text, evenly spread, each as long as `detect` reads; those with letters only."""
    count = min(_WINDOWS, max(1, len(text) // READ))
    step = (len(text) - READ) // (count - 1) if count > 1 else 0
    windows = [text[i * step : i * step + READ] for i in range(count)]
    return [window for window in windows if letters(window) >= 3] or [text]
