"""Changes the case of letters and words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

from spar_data.constraints.checkers.character import is_capital
from spar_data.constraints.repairs.edit import bounds, insert, replace, spread
from spar_data.constraints.repairs.phrases import phrases_for, titled
from spar_data.constraints.text.language_of import detect
from spar_data.constraints.text.words import words


def uppercase(response: str) -> Iterator[str]:
    yield _all(response, str.upper, ("Ll",))


def lowercase(response: str) -> Iterator[str]:
    yield _all(response, str.lower, ("Lu", "Lt"))


def _all(response: str, change: Callable[[str], str], unwanted: tuple[str, ...]) -> str:
    """Changes the case of all letters. Fancy letters without the other case become plain ones, or are left out."""
    text = change(response)
    if not any(unicodedata.category(c) in unwanted for c in text):
        return text
    plain = "".join(
        change(unicodedata.normalize("NFKC", c)) if unicodedata.category(c) in unwanted else c for c in text
    )
    return "".join(c for c in plain if unicodedata.category(c) not in unwanted)


def title_case(response: str) -> Iterator[str]:
    yield titled(response)
    yield titled(unicodedata.normalize("NFKC", response))


def capital_words(response: str, *, relation: str, n: int) -> Iterator[str]:
    """Surplus capital words become capitalised, acronyms last; missing ones are made of long words, evenly spread."""
    low, high = bounds(relation, n)
    places = _places(response)
    capitals = [place for place in places if is_capital(response[place[0] : place[1]])]
    if capitals and high is not None and len(capitals) > high:
        surplus = len(capitals) - high
        acronym = [place for place in capitals if place[1] - place[0] <= 5]
        inner = [*capitals[1:-1], capitals[0], capitals[-1]]
        longest = sorted(capitals, key=lambda p: (p in acronym, -p[0]))
        for order in (longest, capitals[::-1], inner, capitals):
            yield _changed(response, order[:surplus], lambda word: word[0] + word[1:].lower())
            yield _changed(response, order[:surplus], str.lower)
    if len(capitals) < low:
        lacking = low - len(capitals)
        plain = [p for p in places if p not in set(capitals) and len(response[p[0] : p[1]].upper()) >= 2]
        plain = [p for p in plain if is_capital(response[p[0] : p[1]].upper())]
        content = [p for p in plain if p[1] - p[0] >= 5] if len(plain) < 20_000 else plain[:200]
        for pool in (content, plain):
            for skip in (0, 1):
                usable = pool[skip:]
                if len(usable) >= lacking:
                    yield _changed(response, spread(usable, lacking), str.upper)
        phrases = phrases_for(response)
        if phrases.language == detect(response):  # not in scripts without capitals
            for turn in range(2):
                extra = phrases.space.join(phrases.fill[turn : turn + 2])
                extra = _changed(extra, [p for p in _places(extra) if p[1] - p[0] > 1][:lacking], str.upper)
                yield from insert(response, extra, phrases, verbatim=True)


def _places(text: str) -> list[tuple[int, int]]:
    """Returns start and end of each word."""
    places, at = [], 0
    for word in words(text):
        start = text.index(word, at)
        at = start + len(word)
        places.append((start, at))
    return places


def _changed(text: str, places: list[tuple[int, int]], change: Callable[[str], str]) -> str:
    return replace(text, sorted(places), change)
