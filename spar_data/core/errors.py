"""Errors that a user can correct.

A *drop* is a row that a rule removed; a *failure* is a row that could not be processed. Both are data and stand in the
ledger. A `SparError` ends a command: its message states the problem, the expectation and the remedy; the command prints it
without a traceback and exits with status 2. Any other exception is a bug and keeps its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class SparError(Exception):
    """An error that the user can correct. The message is complete: problem, expectation, remedy."""


def nearest(word: str, words: Iterable[str]) -> str:
    """Returns " Did you mean 'x'?" with the closest of the known words, or a list of all if none is close."""
    words = list(words)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    if close:
        return f" Did you mean '{close[0]}'?"
    return f" Known: {', '.join(words)}." if words else ""


def first_line(error: BaseException) -> str:
    """The first line of a library's error message, or the name of its class if the message is empty."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def missing_package(package: str, extra: str, what: str) -> SparError:
    """The error for an optional dependency that is not installed."""
    return SparError(f"{what} needs the package '{package}': pip install 'spar-suite[{extra}]'")


@contextmanager
def importing(package: str, extra: str, what: str) -> Iterator[None]:
    """Turns an ImportError into the error for an optional dependency. package: "" means the module that is missing."""
    try:
        yield
    except ImportError as error:
        raise missing_package(package or error.name or extra, extra, what) from None
