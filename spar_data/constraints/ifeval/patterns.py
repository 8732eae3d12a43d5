"""Runs regular expressions from data files with a time limit, which Python's own `re` does not have."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from spar_data.core.errors import SparError

SECONDS = 2.0
"""Time limit of a regular expression from a data file on one response."""

_SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")


class TooSlow(Exception):
    """A regular expression exceeded SECONDS."""


def is_found(pattern: str, text: str, data: str) -> bool:
    """Whether the pattern matches in the text, in any case. data: the part of the pattern that comes from a data file."""
    return bool(_run("search", pattern, text, data, re.IGNORECASE))


def count(pattern: str, text: str, data: str) -> int:
    """Counts the matches, without overlaps, in any case."""
    return len(_run("findall", pattern, text, data, re.IGNORECASE))


def parts(pattern: str, text: str, data: str) -> int:
    """Counts the parts into which the pattern splits the text."""
    return len(_run("split", pattern, text, data, 0))


def check_pattern(data: str) -> None:
    """Raises SparError for a text that is not a regular expression: official checkers crash over it."""
    try:
        re.compile(data)
    except re.error as error:
        raise SparError(f"{data!r} is no regular expression ({error}), which IFEval takes it for") from None


def _run(method: str, pattern: str, text: str, data: str, flags: int) -> Any:
    if _SPECIAL.search(data):
        import regex

        try:
            timed = regex.compile(pattern, flags)  # both modules have the same numbers for flags
            return getattr(timed, method)(text, timeout=SECONDS)
        except TimeoutError:
            raise TooSlow(f"{data!r} is a regular expression that takes over {SECONDS:g} s here") from None
        except regex.error:  # what `re` takes and `regex` does not
            pass
    return getattr(_compiled(pattern, flags), method)(text)


@lru_cache(maxsize=4096)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags)
