"""Shortens texts: whole sentences are left out where that is enough, otherwise the text is cut at a word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from spar_data.constraints.repairs.edit import Span, spans, without


def shorten(text: str, measure: Callable[[str], int], limit: int) -> Iterator[str]:
    """Cuts the text so that it measures at most `limit`.

    Candidates leave out neighbouring sentences, as late in the text as possible; then they end at a word; then all lines
    are cut to the same number of words.
    """
    sentences = spans(text)
    starts = list(dict.fromkeys([*range(len(sentences), 0, -max(1, len(sentences) // 10)), 1, 0]))
    drafts = []
    for first in starts:
        low, high = first, len(sentences) + 1
        while low < high:  # the smallest number of sentences to leave out
            middle = (low + high) // 2
            if measure(_drop(text, sentences, first, middle)) <= limit:
                high = middle
            else:
                low = middle + 1
        if low <= len(sentences):
            drafts.append(_drop(text, sentences, first, low))
    words_cut = _cut(text, measure, limit)
    if drafts and measure(drafts[0]) < 0.6 * limit and words_cut:
        yield words_cut
    yield from drafts
    if words_cut:
        yield words_cut
    for tail in _tails(text):
        room = limit - measure(tail)
        cut = _cut(text[: len(text.rstrip()) - len(tail)], measure, room - 1) if room > 1 else ""
        if cut:
            yield f"{cut}\n{tail}"
            yield f"{cut} {tail}"
    yield from _squeezed(text, measure, limit)


def _drop(text: str, sentences: Sequence[Span], first: int, last: int) -> str:
    """Leaves out the sentences from `first` up to, but not including, `last`."""
    if last <= first:
        return text
    if last == len(sentences) and first:
        return text[: sentences[first - 1].end]
    return without(text, sentences[first].start, sentences[min(last, len(sentences)) - 1].end)


def _tails(text: str) -> Iterator[str]:
    """Yields ends of the text that a cut should keep: the last sentence, the last line."""
    body = text.rstrip()
    sentences = spans(body)
    if sentences and len(sentences) > 1:
        yield body[sentences[-1].start :]
    line = body.rfind("\n")
    if line > 0:
        yield body[line + 1 :]


def _cut(text: str, measure: Callable[[str], int], limit: int) -> str:
    """Returns the longest beginning that ends at a word and fits the limit, with the final mark of the text."""
    body = text.rstrip()
    mark = body[-1:] if body[-1:] in ".!?。！？" else ""
    ends = [m.end() for m in re.finditer(r"\S+" if body.count(" ") * 12 > len(body) else r"\w[^\w\s]*|\S", body)]
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high + 1) // 2
        if measure(_marked(body[: ends[middle - 1]], mark)) <= limit:
            low = middle
        else:
            high = middle - 1
    return _marked(body[: ends[low - 1]], mark) if low else ""


def _marked(text: str, mark: str) -> str:
    text = text.rstrip(" ,;:-–—，；：、(")
    return text if not mark or text.endswith((".", "!", "?", "。", "！", "？", mark)) else text + mark


def _squeezed(text: str, measure: Callable[[str], int], limit: int) -> Iterator[str]:
    """Cuts every line after the same number of words, more than two."""
    lines = [line.split(" ") for line in text.split("\n")]
    low, high = 0, max(map(len, lines))
    while low < high:
        middle = (low + high + 1) // 2
        if measure("\n".join(" ".join(line[:middle]) for line in lines)) <= limit:
            low = middle
        else:
            high = middle - 1
    if low > 2:
        yield "\n".join(" ".join(line[:low]) for line in lines)
