"""Verdicts of checkers, and the five relations between a count and a number."""

from __future__ import annotations

from operator import eq, ge, gt, le, lt
from typing import NamedTuple

from spar_data.core.errors import SparError, nearest

LONGEST = 1_000_000
"""Characters. The checkers of public benchmarks fail a longer response without reading it."""

NOT_CHECKED = "not checked: "
"""Start of the reason of a verdict that no checker gave."""


class Verdict(NamedTuple):
    """Whether a response meets a constraint, and a short reason that a refiner can act on, for both outcomes."""

    passed: bool
    reason: str


RELATIONS = {"at least": ge, "at most": le, "exactly": eq, "less than": lt, "more than": gt}


def compare(value: int, relation: str, n: int) -> bool:
    """Whether `value` stands in the relation to `n`, e.g. "at least". Raises SparError for an unknown relation."""
    if relation not in RELATIONS:
        raise SparError(f"Unknown relation '{relation}'.{nearest(relation, RELATIONS)}")
    return bool(RELATIONS[relation](value, n))


def explained(passed: bool, reason: str, fault: str) -> Verdict:
    """Makes a verdict whose reason goes on with the fault if the response fails."""
    return Verdict(passed, reason if passed else reason + fault)


def judge(value: int, noun: str, relation: str, n: int, *, of: str = "") -> Verdict:
    """Makes the verdict on a count: "187 words, at least 200 asked". `of` follows the noun: "2 occurrences of '→', ..."."""
    return Verdict(compare(value, relation, n), f"{counted(value, noun)}{of}, {relation} {n} asked")


def counted(value: int, noun: str) -> str:
    """Writes a count with its noun: "1 word", "2 words"."""
    return f"{value} {noun}" if value == 1 else f"{value} {noun}s"


def quoted(words: list[str]) -> str:
    """Lists words for a reason: "'tea', 'cup'"."""
    return ", ".join(f"'{word}'" for word in words)


def shortened(text: str, limit: int = 40) -> str:
    """Cuts a piece of a response to one line of at most `limit` characters, for a reason."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit and len(text) <= 4 * limit else line[: limit - 1] + "…"
