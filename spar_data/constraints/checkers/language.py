"""The language of a response."""

from __future__ import annotations

import math
from collections import Counter

from spar_data.constraints.text.language_of import LANGUAGES, READ, detect, letters, prose
from spar_data.constraints.verdict import Verdict
from spar_data.core.errors import SparError, nearest

_WINDOWS = 5


def is_language(response: str, *, code: str) -> Verdict:
    """The response is in the language with this ISO 639-1 code; code blocks and URLs are ignored.

    A long response is read at up to five places, one of which may be in another language. A response with fewer than
    three letters fails. Raises SparError for a language that cannot be detected.
    """
    if code not in LANGUAGES:
        raise SparError(f"Language '{code}' cannot be detected.{nearest(code, LANGUAGES)}")
    text = prose(response).strip()
    if letters(text) < 3:
        return Verdict(False, f"too little text to tell the language: {letters(text)} letters, at least 3 needed")
    detected = Counter(map(detect, _windows(text)))
    if detected[code] >= math.ceil(0.8 * detected.total()):
        return Verdict(True, f"the language is '{code}'")
    main = detected.most_common(1)[0][0]
    if main != code:
        return Verdict(False, f"the language is '{main}', '{code}' asked")
    others = ", ".join(f"'{other}'" for other in sorted(detected) if other != code)
    return Verdict(False, f"parts of the response are in {others}, '{code}' asked")


def _windows(text: str) -> list[str]:
    """Returns up to five evenly spread stretches that have letters, each as long as `detect` reads."""
    count = min(_WINDOWS, max(1, len(text) // READ))
    step = (len(text) - READ) // (count - 1) if count > 1 else 0
    windows = [text[i * step : i * step + READ] for i in range(count)]
    return [window for window in windows if letters(window) >= 3] or [text]
