"""The smallest edit of a response after which a checker passes.

The function here that has the module, name and parameters of a checker gives candidates: edits of the response, made one by
one, the most natural first. `repair` takes the first one that passes. A response that passes already comes back as it is.
Words that have to be added are in the language of the response (en, de, es, fr, zh; English for any other). Nothing is
drawn: the same response and parameters always give the same text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from itertools import islice

from spar_data.constraints.checkers import CHECKERS
from spar_data.constraints.run import parameters, run_checker
from spar_data.constraints.text.markdown import outside_fences

__all__ = ["EDITS", "LONGEST", "edits", "repair"]

LONGEST = 200_000
"""Characters; a longer response is left alone."""

_WORK = 3_000_000  # characters of all the candidates that are looked at; at least three are


def _repair_of(checker: str) -> Callable[..., Iterator[str]] | None:
    module, _, function = checker.partition(".")
    has_repairs = find_spec(f"{__name__}.{module}") is not None
    return getattr(import_module(f"{__name__}.{module}"), function, None) if has_repairs else None


EDITS = {checker: function for checker in CHECKERS if (function := _repair_of(checker))}
"""The repairs by checker. A checker without one is verified, never repaired."""


def edits(name: str, response: str, params: Mapping[str, object]) -> Iterator[str]:
    """Yields candidates that are worth checking: changed, not blank, all different, at most forty (three of a long text).

    Raises SparError for an unknown checker.
    """
    parameters(name)
    if name not in EDITS or not response.strip() or len(response) > LONGEST:
        return
    for text in filter(None, (response, _closed(response))):
        yield from _tidy(response, EDITS[name](text, **params))


def _tidy(response: str, drafts: Iterator[str]) -> Iterator[str]:
    """Filters the drafts and limits their number, as `edits` promises."""
    texts = {response}
    limit = max(3, min(40, _WORK // len(response) // 3))
    for draft in islice(drafts, limit):
        if draft not in texts and draft.strip() and len(draft) <= 2 * LONGEST:
            texts.add(draft)
            yield draft


def _closed(response: str) -> str:
    """Closes the last code block of a response if it is open; returns "" otherwise."""
    if ("```" not in response and "~~~" not in response) or outside_fences(f"{response}\nx")[-1:] == ["x"]:
        return ""
    drafts = (f"{response.rstrip()}\n{sign}" for sign in ("```", "~~~"))
    return next((draft for draft in drafts if outside_fences(f"{draft}\nx")[-1:] == ["x"]), "")


def repair(name: str, response: str, params: Mapping[str, object]) -> str | None:
    """Edits the response so that the checker passes; returns None if no known edit does it or the response is blank.

    Raises SparError for an unknown checker or wrong parameters.
    """
    if run_checker(name, response, params).passed:
        return response
    return next((draft for draft in edits(name, response, params) if run_checker(name, draft, params).passed), None)
