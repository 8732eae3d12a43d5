"""Longer by neutral sentences, shorter by whole sentences where that is enough; paragraphs and sections by line breaks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

from spar_data.constraints.repairs.cut import shorten
from spar_data.constraints.repairs.edit import bounds, fill, insert, spans
from spar_data.constraints.repairs.edit import heads as heads_of
from spar_data.constraints.repairs.phrases import Phrases, phrases_for
from spar_data.constraints.text import words as texts
from spar_data.constraints.text.markdown import outside_fences, undecorated
from spar_data.constraints.text.sentences import sentences as split_sentences

_BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def characters(response: str, *, relation: str, n: int) -> Iterator[str]:
    yield from _measured(response, relation, n, lambda text: len("\n".join(text.strip().splitlines())), len)


def words(response: str, *, relation: str, n: int) -> Iterator[str]:
    def measure(text: str) -> int:
        return len(texts.words(text))

    yield from _measured(response, relation, n, measure, measure)


def sentences(response: str, *, relation: str, n: int) -> Iterator[str]:
    """Up to three sentences too many are joined to the ones before by a semicolon; more are left out."""

    def measure(text: str) -> int:
        return len(split_sentences(text))

    _low, high = bounds(relation, n)
    if high is not None and 0 < measure(response) - high <= 3:
        yield from _joined(response, measure(response) - high)
    yield from _measured(response, relation, n, measure, lambda _: 1)


def _measured(
    response: str, relation: str, n: int, measure: Callable[[str], int], price: Callable[[str], int]
) -> Iterator[str]:
    low, high = bounds(relation, n)
    size = measure(response)
    if size < low:
        yield from _longer(response, measure, price, low, high)
    if high is not None and size > high > 0:
        for shorter in shorten(response, measure, high):
            if measure(shorter) >= low:
                yield shorter
            else:
                yield from _longer(shorter, measure, price, low, high)


def _longer(
    text: str, measure: Callable[[str], int], price: Callable[[str], int], low: int, high: int | None
) -> Iterator[str]:
    """At most as much again is added (or sixty words): more would be a text about nothing."""
    phrases, size = phrases_for(text), measure(text)
    gap = len(phrases.space) if price("ab cd") == 5 else 0
    allowed = max(size, measure(" ".join(phrases.fill)[:400]))
    for chosen in fill(text, phrases, lambda s: price(s) + gap, low - size, None if high is None else high - size):
        extra = phrases.space.join(chosen)
        if measure(extra) <= allowed:
            yield from insert(text, extra, phrases)
    if gap and high == low:  # an own paragraph or a full stop takes another character or two
        for more in (1, 2, 3):
            for chosen in fill(text, phrases, lambda s: price(s) + gap, low - size - more, low - size - more):
                if measure(" ".join(chosen)) <= allowed:
                    yield from insert(text, phrases.space.join(chosen), phrases)


def _joined(response: str, surplus: int) -> Iterator[str]:
    """The last sentences of prose that end in a full stop, each joined with the next."""
    phrases, found = phrases_for(response), spans(response)
    pairs = [
        (one.end, two.start)
        for one, two in itertools.pairwise(found)
        if one.prose and two.prose and response[one.end - 1] in ".。" and not response[one.end : two.start].strip()
        and "\n" not in response[one.end : two.start]
    ]  # fmt: skip
    sign = "；" if phrases.language == "zh" else ";"
    for chosen in (pairs[-surplus:], pairs[:surplus]):
        if len(chosen) == surplus:
            text = response
            for end, start in reversed(chosen):
                text = text[: end - 1] + sign + text[end:start] + lowered(text[start:], phrases)
            yield text


def lowered(text: str, phrases: Phrases) -> str:
    """The text with a small initial if its first word is a function word, or stands in lower case further on: names and
    German nouns keep theirs."""
    first = re.match(r"\w+", text)
    if first and len(first[0]) > 1 and re.search(rf"(?<!\w){re.escape(first[0].lower())}(?!\w)", text[:3000]):
        return text[0].lower() + text[1:]
    return text[0].lower() + text[1:] if first and first[0].lower() in phrases.function else text


def paragraphs(response: str, *, relation: str, n: int) -> Iterator[str]:
    low, high = bounds(relation, n)
    size = len(texts.paragraphs(response))
    if size < low:
        yield from _split(response, low - size)
        text, phrases = response, phrases_for(response)
        for chosen in fill(text, phrases, lambda _: 1, low - size, low - size):
            yield text.rstrip() + "".join(f"\n\n{each}" for each in chosen)
    elif high is not None and size > high > 0:
        gaps = [m.span() for m in _BLANK.finditer(response.strip())]
        surplus = size - high
        body = response.strip()
        for some in (sorted(gaps, key=lambda g: _rank(body, g))[:surplus], gaps[-surplus:], gaps[:surplus]):
            text = body
            for start, end in sorted(some, reverse=True):
                text = f"{text[:start]}\n{text[end:]}"
            yield text


def _rank(text: str, gap: tuple[int, int]) -> tuple[bool, int]:
    """Headings go with what follows first, then short paragraphs are joined to those before."""
    line = text[text.rfind("\n", 0, gap[0]) + 1 : gap[0]]
    following = text.find("\n\n", gap[1])
    return (not line.startswith(("#", "**")), (following if following > 0 else len(text)) - gap[1])


def _split(response: str, times: int) -> Iterator[str]:
    """A blank line between two sentences of prose, first in the longest paragraph."""
    text = response
    for _ in range(times):
        found = [span for span in spans(text) if span.prose]
        pairs = [(a, b) for a, b in itertools.pairwise(found) if not text[a.end : b.start].strip()]
        pairs = [(a, b) for a, b in pairs if text[a.end : b.start].count("\n") < 2]
        if not pairs:
            return
        one, two = min(pairs, key=lambda pair: _middle(text, pair[0].end))
        text = text[: one.end] + "\n\n" + text[two.start :]
    yield text


def _middle(text: str, at: int) -> float:
    """How far from the middle of its paragraph a place is, less what counts more: the length of the paragraph."""
    start, end = text.rfind("\n\n", 0, at), text.find("\n\n", at)
    start, end = max(start, 0), len(text) if end < 0 else end
    return abs(2 * at - start - end) - 5.0 * (end - start)


def sections(response: str, *, marker: str, n: int) -> Iterator[str]:
    """Heads that are there get the right numbers; missing ones are put before paragraphs, or sentences, evenly spread."""
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
    missing = n - len(heads)
    if missing <= 0:
        yield text
        return
    if not heads:
        yield from _headed(text, [f"{name} {i}" for i in range(1, n + 1)])
    phrases = phrases_for(response)
    added = "".join(f"\n\n{name} {n - missing + i + 1}\n{phrases.fill[i]}" for i in range(missing))
    yield text.rstrip() + added
    last = text.rfind("\n", 0, len(text.rstrip()))
    if last > 0:
        yield f"{text[:last].rstrip()}{added}\n\n{text[last + 1 :]}"


def _headed(text: str, heads: list[str]) -> Iterator[str]:
    """The heads, each on a line of its own before a paragraph or, where these are too few, a sentence."""
    body = text.strip()
    first = len(body) - len(body.split("\n", 1)[-1]) if "\n" in body else 0
    places = [0, *(m.end() for m in _BLANK.finditer(body))]
    for begin in ({0, first} if first else {0}) if len(body) < 100_000 else {0}:
        usable = [place for place in places if place >= begin]
        if len(usable) < len(heads):
            usable = [at for at in heads_of(body) if at >= begin] or usable
            usable = [begin, *usable[1:]]
        if len(usable) >= len(heads):
            chosen = [usable[i * len(usable) // len(heads)] for i in range(len(heads))]
            draft = body
            for head, place in zip(reversed(heads), reversed(chosen), strict=True):
                gap = "\n\n" if draft[:place].strip() else ""
                draft = f"{draft[:place].rstrip()}{gap}{head}\n{draft[place:].lstrip()}"
            yield draft
