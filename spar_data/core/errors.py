"""Errors that a user can mend.

Vocabulary: a *drop* is a row that a rule took out, a *failure* is a row that something went wrong with; both are
data and live in the ledger. A `SparError` ends a command: the message says what is wrong, what was expected and what
to do; the command prints it without a traceback and exits with status 2. Everything else is a bug and keeps its
traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SparError(Exception):
    """Something that the user can mend. The message is complete: fact, expectation, remedy."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Returns " Did you mean 'x'?" for the closest of the known words, or a list of all of them."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    if close:
        return f" Did you mean '{close[0]}'?"
    return f" Known: {', '.join(known)}." if known else ""


def first_line(error: BaseException) -> str:
    """The first line of what a foreign error says, or its class if it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def missing_package(package: str, extra: str, what: str) -> SparError:
    """The error for an optional dependency that is not installed."""
    return SparError(f"{what} needs the package '{package}': pip install 'spar-suite[{extra}]'")
