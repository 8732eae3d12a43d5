"""Words as the official checkers of IFBench define them, and shared parts of reasons."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Collection
from itertools import islice

from spar_data.constraints.verdict import shortened
from spar_data.core.assets import asset
from spar_data.core.config import read_toml

EDGES = string.punctuation + " "
"""Characters that official checkers strip from both ends of a word."""

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def official_words(name: str) -> list[str]:
    """Returns a list of words from the official code, which `_assets/ifbench.toml` holds."""
    words: str = read_toml(asset("ifbench.toml"))[name]
    return words.split()


def bare(text: str) -> str:
    """Removes ASCII punctuation: "don't" becomes "dont"; curly quotes and dashes stay."""
    return text.translate(_NO_PUNCTUATION)


def bare_words(text: str) -> list[str]:
    """Returns the words between white space, without ASCII punctuation."""
    return bare(text).split()


def ascii_only(text: str) -> str:
    """Removes accents and all other characters beyond ASCII."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


def listed(items: Collection[str], limit: int = 10) -> str:
    """Lists items for a reason: "and, but, so", or "none"."""
    first = list(map(shortened, islice(items, limit)))
    return ", ".join(first + ["…"] * (len(items) > limit)) or "none"


def nth(n: int) -> str:
    """Writes an ordinal number: "1st", "2nd", "3rd", "11th"."""
    ending = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"
