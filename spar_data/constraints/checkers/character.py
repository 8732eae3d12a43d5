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


def _only(response: str, wanted: tuple[str, ...], unwanted: tuple[str, ...], name: str) -> Verdict:
    seen = False
    for at, char in enumerate(response, start=1):
        category = unicodedata.category(char)
        if category in unwanted:
            return Verdict(False, f"{name} letter '{char}' at character {at}")
        seen = seen or category in wanted
    return Verdict(seen, f"no {name} letter" if seen else "no letter that has an upper and a lower case")


def title_case(response: str) -> Verdict:
    """Every word that begins with a letter that has case begins with a capital, short words ("of", "the") too."""
    heads = [(word, unicodedata.category(word[0])) for word in words(response)]
    for word, category in heads:
        if category == "Ll":
            return Verdict(False, f"'{word}' does not begin with a capital")
    capitals = sum(category in _CAPITAL for _, category in heads)
    reason = "every word begins with a capital" if capitals else "no word that could begin with a capital"
    return Verdict(capitals > 0, reason)


def capital_words(response: str, *, relation: str, n: int) -> Verdict:
    """Counts words of at least two letters that are all capitals; digits in them do not matter ("COVID-19")."""
    return judge(sum(_is_capital(word) for word in words(response)), "capital word", relation, n)


def _is_capital(word: str) -> bool:
    letters = [unicodedata.category(char) for char in word if char.isalpha()]
    return len(letters) >= 2 and all(category in _CAPITAL for category in letters)
