"""The language of a response: translating it is beyond a program."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spar_data.constraints.text.language_of import detect, letters, prose


def is_language(response: str, *, code: str) -> Iterator[str]:
    """Without the paragraphs in other languages, where they are less than half of the text: an introduction, a gloss."""
    parts = re.split(r"(\n[ \t]*\n)", response)
    kept = [part for part in parts if letters(prose(part)) < 3 or detect(part) == code]
    if len("".join(kept)) * 2 > len(response):
        yield re.sub(r"\n{3,}", "\n\n", "".join(kept)).strip()
