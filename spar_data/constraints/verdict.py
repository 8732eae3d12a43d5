"""What a checker answers, and the five relations in which a count can stand to a number."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import NamedTuple

from spar_data.core.errors import SparError, nearest

LONGEST = 1_000_000
"""Characters; public benchmarks' checkers fail a longer response without looking at it."""

NOT_CHECKED = "not checked: "
"""How the reason of a verdict begins that no checker came to."""


class Verdict(NamedTuple):
    """Whether a response meets a constraint, and a short sentence that says why, to act on in both cases."""

    passed: bool
    reason: str


RELATIONS: dict[str, Callable[[int, int], bool]] = {
    "at least": operator.ge,
    "at most": operator.le,
    "exactly": operator.eq,
    "less than": operator.lt,
    "more than": operator.gt,
}


def compare(value: int, relation: str, n: int) -> bool:
    """Whether `value` is e.g. "at least" `n`. An unknown relation is a SparError."""
    if relation not in RELATIONS:
        raise SparError(f"Unknown relation '{relation}'.{nearest(relation, RELATIONS)}")
    return RELATIONS[relation](value, n)


def judge(value: int, noun: str, relation: str, n: int, *, of: str = "") -> Verdict:
    """The verdict on a count: "187 words, at least 200 asked". `of` follows the noun: "2 occurrences of '→', ..."."""
    return Verdict(compare(value, relation, n), f"{counted(value, noun)}{of}, {relation} {n} asked")


def counted(value: int, noun: str) -> str:
    """ "1 word", "2 words"."""
    return f"{value} {noun}" if value == 1 else f"{value} {noun}s"


def shortened(text: str, limit: int = 40) -> str:
    """A piece of a response that fits into a reason: one line, cut after `limit` characters."""
    line = " ".join(text[: 4 * limit].split())
    return line if len(line) <= limit and len(text) <= 4 * limit else line[: limit - 1] + "…"
