"""Shorter texts: without whole sentences where that is enough, else cut at a word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from spar_data.constraints.repairs.edit import Span, spans, without


def shorten(text: str, measure: Callable[[str], int], most: int) -> Iterator[str]:
    """The text cut so that it measures at most `most`: without some sentences next to each other, as late in the text as
    possible, then at words, then with every line cut to the same length."""
    found = spans(text)
    starts = list(dict.fromkeys([*range(len(found), 0, -max(1, len(found) // 10)), 1, 0]))
    drafts = []
    for first in starts:
        low, high = first, len(found) + 1
        while low < high:  # the fewest sentences that have to go
            middle = (low + high) // 2
            if measure(_drop(text, found, first, middle)) <= most:
                high = middle
            else:
                low = middle + 1
        if low <= len(found):
            drafts.append(_drop(text, found, first, low))
    words_cut = _cut(text, measure, most)
    if drafts and measure(drafts[0]) < 0.6 * most and words_cut:
        yield words_cut
    yield from drafts
    if words_cut:
        yield words_cut
    for tail in _tails(text):
        room = most - measure(tail)
        cut = _cut(text[: len(text.rstrip()) - len(tail)], measure, room - 1) if room > 1 else ""
        if cut:
            yield f"{cut}\n{tail}"
            yield f"{cut} {tail}"
    yield from _squeezed(text, measure, most)


def _drop(text: str, found: Sequence[Span], first: int, last: int) -> str:
    """Without the sentences from first up to last, one before which is kept."""
    if last <= first:
        return text
    if last == len(found) and first:
        return text[: found[first - 1].end]
    return without(text, found[first].start, found[min(last, len(found)) - 1].end)


def _tails(text: str) -> Iterator[str]:
    body = text.rstrip()
    found = spans(body)
    if found and len(found) > 1:
        yield body[found[-1].start :]
    line = body.rfind("\n")
    if line > 0:
        yield body[line + 1 :]


def _cut(text: str, measure: Callable[[str], int], most: int) -> str:
    """The longest beginning that ends at a word and measures at most `most`; with the mark that the text ends with."""
    body = text.rstrip()
    mark = body[-1:] if body[-1:] in ".!?。！？" else ""
    ends = [m.end() for m in re.finditer(r"\S+" if body.count(" ") * 12 > len(body) else r"\w[^\w\s]*|\S", body)]
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(_marked(body[: ends[middle - 1]], mark)) <= most:
            low = middle
        else:
            high = middle - 1
    return _marked(body[: ends[low - 1]], mark) if low else ""


def _marked(text: str, mark: str) -> str:
    text = text.rstrip(" ,;:-–—，；：、(")
    return text if not mark or text.endswith((".", "!", "?", "。", "！", "？", mark)) else text + mark


def _squeezed(text: str, measure: Callable[[str], int], most: int) -> Iterator[str]:
    lines = [line.split(" ") for line in text.split("\n")]
    low, high = 0, max(map(len, lines))
    while low < high:
        middle = (low + high + 1) // 2
        if measure("\n".join(" ".join(line[:middle]) for line in lines)) <= most:
            low = middle
        else:
            high = middle - 1
    if low > 2:
        yield "\n".join(" ".join(line[:low]) for line in lines)
