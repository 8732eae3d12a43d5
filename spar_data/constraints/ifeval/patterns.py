"""Regular expressions that come from a data file, against the clock: Python's own `re` cannot be stopped."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from spar_data.core.errors import SparError

SECONDS = 2.0
"""How long a regular expression out of a data file may search one response."""

_SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")


class TooSlow(Exception):
    """A regular expression ran for longer than SECONDS."""


def is_found(pattern: str, text: str, given: str) -> bool:
    """Whether the pattern is in the text, in any case of letters. given: the part of it that is data."""
    return bool(_run("search", pattern, text, given, re.IGNORECASE))


def count(pattern: str, text: str, given: str) -> int:
    """How often it is in the text, without overlaps, in any case of letters."""
    return len(_run("findall", pattern, text, given, re.IGNORECASE))


def parts(pattern: str, text: str, given: str) -> int:
    """Into how many parts the pattern splits the text."""
    return len(_run("split", pattern, text, given, 0))


def valid(given: str) -> None:
    """Raises SparError for a text that is no regular expression: official checkers stop over it."""
    try:
        re.compile(given)
    except re.error as error:
        raise SparError(f"{given!r} is no regular expression ({error}), which IFEval takes it for") from None


def _run(what: str, pattern: str, text: str, given: str, flags: int) -> Any:
    if not _SPECIAL.search(given):
        return getattr(_compiled(pattern, flags), what)(text)
    import regex

    try:
        timed = regex.compile(pattern, flags)  # both modules have the same numbers for flags
    except regex.error:  # what `re` takes and `regex` does not
        return getattr(_compiled(pattern, flags), what)(text)
    try:
        return getattr(timed, what)(text, timeout=SECONDS)
    except TimeoutError:
        raise TooSlow(f"{given!r} is a regular expression that takes over {SECONDS:g} s here") from None


@lru_cache(maxsize=4096)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    return re.compile(pattern, flags)
