"""Repairs the language of a response as far as that needs no translation."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spar_data.constraints.text.language_of import detect, letters, prose


def is_language(response: str, *, code: str) -> Iterator[str]:
    """Drops paragraphs in other languages, such as an introduction, if they are less than half of the text."""
    parts = re.split(r"(\n[ \t]*\n)", response)
    paragraphs = [part for part in parts if letters(prose(part)) < 3 or detect(part) == code]
    if len("".join(paragraphs)) * 2 > len(response):
        yield re.sub(r"\n{3,}", "\n\n", "".join(paragraphs)).strip()
