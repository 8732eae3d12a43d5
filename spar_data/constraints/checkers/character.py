"""Upper and lower case."""

from __future__ import annotations

import unicodedata

from spar_data.constraints.text.words import words
from spar_data.constraints.verdict import Verdict, judge

_CAPITAL = ("Lu", "Lt")


def uppercase(response: str) -> Verdict:
    """No lower-case letter, and at least one capital."""
    return _only(response, _CAPITAL, ("Ll",), "lower-case")


def lowercase(response: str) -> Verdict:
    """No capital, and at least one lower-case letter."""
    return _only(response, ("Ll",), _CAPITAL, "upper-case")


def _only(response: str, allowed: tuple[str, ...], forbidden: tuple[str, ...], name: str) -> Verdict:
    """Checks that letters of the allowed categories occur, and none of the forbidden ones. name: of the forbidden case."""
    occurs = False
    for at, char in enumerate(response, start=1):
        category = unicodedata.category(char)
        if category in forbidden:
            return Verdict(False, f"{name} letter '{char}' at character {at}")
        occurs = occurs or category in allowed
    return Verdict(occurs, f"no {name} letter" if occurs else "no letter that has an upper and a lower case")


def title_case(response: str) -> Verdict:
    """Every word begins with a capital, short words ("of", "the") included; words without case are ignored."""
    heads = [(word, unicodedata.category(word[0])) for word in words(response)]
    for word, category in heads:
        if category == "Ll":
            return Verdict(False, f"'{word}' does not begin with a capital")
    capitals = sum(category in _CAPITAL for _, category in heads)
    reason = "every word begins with a capital" if capitals else "no word that could begin with a capital"
    return Verdict(capitals > 0, reason)


def capital_words(response: str, *, relation: str, n: int) -> Verdict:
    """Counts words of two letters or more that are all capitals; digits in them are ignored ("COVID-19")."""
    return judge(sum(is_capital(word) for word in words(response)), "capital word", relation, n)


def is_capital(word: str) -> bool:
    """Whether a word has two letters or more and all of them are capitals."""
    letters = [unicodedata.category(char) for char in word if char.isalpha()]
    return len(letters) >= 2 and all(category in _CAPITAL for category in letters)
