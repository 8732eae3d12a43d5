"""Another case."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

from spar_data.constraints.repairs.edit import bounds, insert
from spar_data.constraints.repairs.phrases import phrases_for, titled
from spar_data.constraints.text.language_of import detect
from spar_data.constraints.text.words import words


def uppercase(response: str) -> Iterator[str]:
    yield _all(response, str.upper, ("Ll",))


def lowercase(response: str) -> Iterator[str]:
    yield _all(response, str.lower, ("Lu", "Lt"))


def _all(response: str, change: Callable[[str], str], unwanted: tuple[str, ...]) -> str:
    """Letters of fancy alphabets that have no other case become plain ones; those without any other form go."""
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
    """Words too many become capitalised ones, those that look like no acronym first; the longest plain ones, apart from
    each other, are raised."""
    low, high = bounds(relation, n)
    found = _places(response)
    capitals = [place for place in found if _is_capital(response[place[0] : place[1]])]
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
        plain = [p for p in found if p not in set(capitals) and len(response[p[0] : p[1]].upper()) >= 2]
        plain = [p for p in plain if _is_capital(response[p[0] : p[1]].upper())]
        content = [p for p in plain if p[1] - p[0] >= 5] if len(plain) < 20_000 else plain[:200]
        for pool in (content, plain):
            for skip in (0, 1):
                usable = pool[skip:]
                if len(usable) >= lacking:
                    chosen = [usable[i * len(usable) // lacking] for i in range(lacking)]
                    yield _changed(response, chosen, str.upper)
        phrases = phrases_for(response)
        if phrases.language == detect(response):  # not in scripts without capitals
            for turn in range(2):
                extra = phrases.space.join(phrases.fill[turn : turn + 2])
                extra = _changed(extra, [p for p in _places(extra) if p[1] - p[0] > 1][:lacking], str.upper)
                yield from insert(response, extra, phrases, given=True)


def _places(text: str) -> list[tuple[int, int]]:
    found, at = [], 0
    for word in words(text):
        start = text.index(word, at)
        at = start + len(word)
        found.append((start, at))
    return found


def _is_capital(word: str) -> bool:
    letters = [unicodedata.category(c) for c in word if c.isalpha()]
    return len(letters) >= 2 and all(category in ("Lu", "Lt") for category in letters)


def _changed(text: str, places: list[tuple[int, int]], change: Callable[[str], str]) -> str:
    parts, at = [], 0
    for start, end in sorted(places):
        parts += [text[at:start], change(text[start:end])]
        at = end
    return "".join([*parts, text[at:]])
