"""Lengthens texts by neutral sentences, shortens them by whole sentences, and changes the number of their parts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence

from spar_data.constraints.repairs.cut import shorten
from spar_data.constraints.repairs.edit import above, bounds, excess, fill, insert, spans, splice, spread
from spar_data.constraints.repairs.edit import heads as heads_of
from spar_data.constraints.repairs.phrases import Phrases, phrases_for
from spar_data.constraints.text import words as texts
from spar_data.constraints.text.markdown import outside_fences, undecorated
from spar_data.constraints.text.sentences import sentences as split_sentences

_Measure = Callable[[str], int]
_BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def characters(response: str, *, relation: str, n: int) -> Iterator[str]:
    yield from _measured(response, relation, n, lambda text: len("\n".join(text.strip().splitlines())), len)


def words(response: str, *, relation: str, n: int) -> Iterator[str]:
    yield from _measured(response, relation, n, lambda text: len(texts.words(text)))


def sentences(response: str, *, relation: str, n: int) -> Iterator[str]:
    """Joins up to three surplus sentences to the ones before by a semicolon; leaves out more."""
    surplus, _ = excess(split_sentences(response), relation, n)
    number = len(surplus[0]) if surplus else 0
    if 0 < number <= 3 and len(stops := full_stops(response)) >= number:
        for chosen in (stops[-number:], stops[:number]):
            yield join_sentences(response, chosen, phrases_for(response))
    yield from _measured(response, relation, n, lambda text: len(split_sentences(text)), lambda _: 1)


def _measured(response: str, relation: str, n: int, measure: _Measure, price: _Measure | None = None) -> Iterator[str]:
    """Lengthens or shortens the response. price: what a sentence adds to the measure, the measure by default."""
    (low, high), price = bounds(relation, n), price or measure
    size = measure(response)
    if size < low:
        yield from _longer(response, measure, price, low, high)
    if high is not None and size > high > 0:
        for shorter in shorten(response, measure, high):
            if measure(shorter) >= low:
                yield shorter
            else:
                yield from _longer(shorter, measure, price, low, high)


def _longer(text: str, measure: _Measure, price: _Measure, low: int, high: int | None) -> Iterator[str]:
    """Adds at most as much as there is (or sixty words): more would be a text about nothing."""
    phrases, size = phrases_for(text), measure(text)
    gap = len(phrases.space) if price is len else 0
    allowed = max(size, measure(" ".join(phrases.fill)[:400]))
    ranges = [(low - size, None if high is None else high - size)]
    if gap and high == low:  # a paragraph of its own or a full stop takes another character or two
        ranges += [(low - size - more, low - size - more) for more in (1, 2, 3)]
    for least, most in ranges:
        for chosen in fill(text, phrases, lambda sentence: price(sentence) + gap, least, most):
            extra = phrases.space.join(chosen)
            if measure(extra) <= allowed:
                yield from insert(text, extra, phrases)


def full_stops(text: str) -> list[tuple[int, int]]:
    """Finds the full stops between two sentences of prose in one paragraph: the end of one, the start of the next."""
    return [
        (one.end, two.start)
        for one, two in itertools.pairwise(spans(text))
        if one.prose and two.prose and re.fullmatch(r"[.。][^\S\n]*", text[one.end - 1 : two.start])
    ]


def join_sentences(text: str, stops: Sequence[tuple[int, int]], phrases: Phrases) -> str:
    """Turns these full stops into semicolons."""
    for end, start in reversed(stops):
        sign = "；" if text[end - 1] == "。" else ";"
        text = text[: end - 1] + sign + text[end:start] + lowered(text[start:], phrases)
    return text


def lowered(text: str, phrases: Phrases) -> str:
    """Lower-cases the initial if the first word is a function word or occurs in lower case further on.

    Names and German nouns keep their capitals.
    """
    first = re.match(r"\w+", text)
    word = first[0].lower() if first else ""
    again = len(word) > 1 and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text[:3000])
    return text[0].lower() + text[1:] if again or word in phrases.function else text


def paragraphs(response: str, *, relation: str, n: int) -> Iterator[str]:
    low, high = bounds(relation, n)
    size = len(texts.paragraphs(response))
    if size < low:
        yield from _split(response, low - size)
        for chosen in fill(response, phrases_for(response), lambda _: 1, low - size, low - size):
            yield response.rstrip() + "".join(f"\n\n{sentence}" for sentence in chosen)
    elif high is not None and size > high > 0:
        gaps = [m.span() for m in _BLANK.finditer(response.strip())]
        surplus = size - high
        body = response.strip()
        for removed in (sorted(gaps, key=lambda g: _rank(body, g))[:surplus], gaps[-surplus:], gaps[:surplus]):
            yield splice(body, ((start, end, "\n") for start, end in sorted(removed)))


def _rank(text: str, gap: tuple[int, int]) -> tuple[bool, int]:
    """Sort key: gaps below headings come first, then gaps before short paragraphs."""
    line = text[text.rfind("\n", 0, gap[0]) + 1 : gap[0]]
    following = text.find("\n\n", gap[1])
    return (not line.startswith(("#", "**")), (following if following > 0 else len(text)) - gap[1])


def _split(response: str, times: int) -> Iterator[str]:
    """Puts blank lines between sentences of prose, first in the longest paragraph."""
    text = response
    for _ in range(times):
        prose = [span for span in spans(text) if span.prose]
        pairs = [(a, b) for a, b in itertools.pairwise(prose) if not text[a.end : b.start].strip()]
        pairs = [(a, b) for a, b in pairs if text[a.end : b.start].count("\n") < 2]
        if not pairs:
            return
        one, two = min(pairs, key=lambda pair: _middle(text, pair[0].end))
        text = text[: one.end] + "\n\n" + text[two.start :]
    yield text


def _middle(text: str, at: int) -> float:
    """Distance from the middle of the paragraph, minus its length with a greater weight: the smallest value is best."""
    start, end = text.rfind("\n\n", 0, at), text.find("\n\n", at)
    start, end = max(start, 0), len(text) if end < 0 else end
    return abs(2 * at - start - end) - 5.0 * (end - start)


def sections(response: str, *, marker: str, n: int) -> Iterator[str]:
    """Renumbers the present heads; puts missing ones before paragraphs or sentences, evenly spread."""
    name = marker.strip()
    start = re.compile(rf"{re.escape(texts.fold(name))}[ \t]*\d{{1,9}}(?!\.?\d)")
    lines = response.split("\n")
    outside = set(outside_fences(response))
    heads = [i for i, line in enumerate(lines) if line in outside and start.match(texts.fold(undecorated(line)))]
    for i in reversed(heads[n:]):
        lines[i] = re.sub(r"(?i)" + re.escape(name) + r"[ \t]*\d+[ \t]*[:.\-–—]?[ \t]*", "", lines[i], count=1)
        if not undecorated(lines[i]):
            del lines[i]
    for number, i in enumerate(heads[:n], start=1):
        lines[i] = re.sub(r"(?i)(" + re.escape(name) + r"[ \t]*)\d+", rf"\g<1>{number}", lines[i], count=1)
    text = "\n".join(lines)
    if len(heads) >= n:
        yield text
        return
    if not heads:
        yield from _headed(text, [f"{name} {i}\n" for i in range(1, n + 1)])
    phrases = phrases_for(response)
    fill_in = itertools.cycle(phrases.fill)
    added = "".join(f"\n\n{name} {number}\n{next(fill_in)}" for number in range(len(heads) + 1, n + 1))
    yield text.rstrip() + added
    last = text.rfind("\n", 0, len(text.rstrip()))
    if last > 0:
        yield f"{text[:last].rstrip()}{added}\n\n{text[last + 1 :]}"


def _headed(text: str, heads: list[str]) -> Iterator[str]:
    """Puts each head on a line of its own before a paragraph or, if there are too few, before a sentence."""
    body = text.strip()
    second_line = body.find("\n") + 1
    places = [0, *(m.end() for m in _BLANK.finditer(body))]
    for begin in sorted({0, second_line}) if len(body) < 100_000 else [0]:
        usable = [place for place in places if place >= begin]
        if len(usable) < len(heads):
            usable = [at for at in heads_of(body) if at >= begin] or usable
            usable = [begin, *usable[1:]]
        if len(usable) >= len(heads):
            yield above(body, spread(usable, len(heads)), heads)
