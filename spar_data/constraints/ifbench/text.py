"""What the official checkers of IFBench mean by words, and pieces of reasons that they share."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Collection
from typing import NewType

from spar_data.constraints.verdict import shortened

Ordinal = NewType("Ordinal", int)
"""A position, counted from 1."""

EDGES = string.punctuation + " "
"""What official checkers strip from both ends of a word."""

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def bare(text: str) -> str:
    """Without ASCII punctuation: "don't" is "dont", curly quotes and dashes stay."""
    return text.translate(_NO_PUNCTUATION)


def bare_words(text: str) -> list[str]:
    return bare(text).split()


def ascii_only(text: str) -> str:
    """Without accents and without whatever else is not ASCII."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


def listed(found: Collection[str], most: int = 10) -> str:
    """ "and, but, so" for a reason; "none" for nothing."""
    some = [shortened(each) for _, each in zip(range(most), found, strict=False)]
    return ", ".join(some + ["…"] * (len(found) > most)) or "none"


def nth(n: int) -> str:
    """ "1st", "2nd", "3rd", "11th"."""
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
