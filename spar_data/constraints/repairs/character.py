"""Changes the case of letters and words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator

from spar_data.constraints.checkers.character import is_capital
from spar_data.constraints.repairs.edit import bounds, insert, replace, spread
from spar_data.constraints.repairs.phrases import phrases_for, titled
from spar_data.constraints.text.language_of import detect
from spar_data.constraints.text.words import word_spans


def uppercase(response: str) -> Iterator[str]:
    yield _all(response, str.upper, ("Ll",))


def lowercase(response: str) -> Iterator[str]:
    yield _all(response, str.lower, ("Lu", "Lt"))


def _all(response: str, change: Callable[[str], str], unwanted: tuple[str, ...]) -> str:
    """Changes the case of all letters. Fancy letters without the other case become plain ones, or are left out."""
    plain = "".join(
        change(unicodedata.normalize("NFKC", c)) if unicodedata.category(c) in unwanted else c for c in change(response)
    )
    return "".join(c for c in plain if unicodedata.category(c) not in unwanted)


def title_case(response: str) -> Iterator[str]:
    yield titled(response)
    yield titled(unicodedata.normalize("NFKC", response))


def capital_words(response: str, *, relation: str, n: int) -> Iterator[str]:
    """Surplus capital words become capitalised, acronyms last; missing ones are made of long words, evenly spread."""
    low, high = bounds(relation, n)
    places = word_spans(response)
    capitals = [(start, end) for start, end in places if is_capital(response[start:end])]
    if capitals and high is not None and len(capitals) > high:
        surplus = len(capitals) - high
        inner = [*capitals[1:-1], capitals[0], capitals[-1]]
        longest = sorted(capitals, key=lambda place: (place[1] - place[0] <= 5, -place[0]))
        for order in (longest, capitals[::-1], inner, capitals):
            yield replace(response, order[:surplus], lambda word: word[0] + word[1:].lower())
            yield replace(response, order[:surplus], str.lower)
    if len(capitals) < low:
        lacking = low - len(capitals)
        plain = [(start, end) for start, end in places if is_capital(response[start:end].upper())]
        plain = [(start, end) for start, end in plain if not is_capital(response[start:end])]
        content = [(start, end) for start, end in plain if end - start >= 5] if len(plain) < 20_000 else plain[:200]
        for pool in (content, content[1:], plain, plain[1:]):
            if len(pool) >= lacking:
                yield replace(response, spread(pool, lacking), str.upper)
        phrases = phrases_for(response)
        if phrases.language == detect(response):  # not in scripts without capitals
            for turn in range(2):
                extra = phrases.space.join(phrases.fill[turn : turn + 2])
                extra_places = [(start, end) for start, end in word_spans(extra) if end - start > 1]
                extra = replace(extra, extra_places[:lacking], str.upper)
                yield from insert(response, extra, phrases, verbatim=True)
