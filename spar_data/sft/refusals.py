"""Detects refusals by their beginnings, in English, German, Spanish, French and Chinese. The expressions are our own.

A refusal says at once that the writer cannot or will not do what was asked, with or without an apology before it, and is
short. Stories that begin with "I cannot help but smile" and letters that begin with "I am sorry to hear" are no refusals.
"""

from __future__ import annotations

import re
from functools import cache

from spar_data.core.assets import asset
from spar_data.core.config import read_toml

_LONGEST = 1500  # characters; a longer text does something else as well
_OPENING = 400  # characters in which the refusal must begin


@cache
def _refusal() -> re.Pattern[str]:
    data = read_toml(asset("refusals.toml"))
    patterns = "|".join(f"(?:{pattern})" for patterns in data["patterns"].values() for pattern in patterns)
    for name, part in data["parts"].items():
        patterns = patterns.replace(f"{{{name}}}", part)
    return re.compile(patterns.replace("\n", ""))


def is_refusal(text: str) -> bool:
    """Tells whether a response refuses instead of responding."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return False
    opening = " ".join(text[:_OPENING].replace("’", "'").replace("‘", "'").split()).lower().lstrip("\"'“”*_#>- ")
    return bool(_refusal().match(opening))
