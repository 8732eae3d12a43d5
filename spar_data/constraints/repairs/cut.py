"""Shortens texts: whole sentences are left out where that is enough, otherwise the text is cut at a word."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from spar_data.constraints.repairs.edit import Span, spans, without


def shorten(text: str, measure: Callable[[str], int], limit: int) -> Iterator[str]:
    """Cuts the text so that it measures at most `limit`.

    Candidates leave out neighbouring sentences, as late in the text as possible; then they end at a word; then all lines
    are cut to the same number of words.
    """
    sentences = spans(text)

    def fits(first: int, last: int) -> bool:
        return measure(_drop(text, sentences, first, last)) <= limit

    starts = list(dict.fromkeys([*range(len(sentences), 0, -max(1, len(sentences) // 10)), 1, 0]))
    drafts = []
    for first in starts:
        last = first + bisect_left(range(first, len(sentences) + 1), True, key=partial(fits, first))
        if last <= len(sentences):
            drafts.append(_drop(text, sentences, first, last))
    words_cut = _cut(text, measure, limit)
    if drafts and measure(drafts[0]) < 0.6 * limit and words_cut:
        yield words_cut
    yield from drafts
    if words_cut:
        yield words_cut
    body = text.rstrip()
    tails = [span.start for span in sentences[1:][-1:]] + [body.rfind("\n") + 1]  # the last sentence, the last line
    for tail in filter(lambda at: at > 1, tails):
        room = limit - measure(body[tail:])
        if room > 1 and (cut := _cut(body[:tail], measure, room - 1)):
            yield f"{cut}\n{body[tail:]}"
            yield f"{cut} {body[tail:]}"
    yield from _squeezed(text, measure, limit)


def _drop(text: str, sentences: Sequence[Span], first: int, last: int) -> str:
    """Leaves out the sentences from `first` up to, but not including, `last`."""
    if last <= first:
        return text
    if last == len(sentences) and first:
        return text[: sentences[first - 1].end]
    return without(text, sentences[first].start, sentences[min(last, len(sentences)) - 1].end)


def _cut(text: str, measure: Callable[[str], int], limit: int) -> str:
    """Returns the longest beginning that ends at a word and fits the limit, with the final mark of the text."""
    body = text.rstrip()
    mark = body[-1:] if body[-1:] in ".!?。！？" else ""
    ends = [m.end() for m in re.finditer(r"\S+" if body.count(" ") * 12 > len(body) else r"\w[^\w\s]*|\S", body)]
    drafts = range(len(ends))
    left_out = bisect_left(drafts, True, key=lambda n: measure(_marked(body[: ends[-1 - n]], mark)) <= limit)
    return _marked(body[: ends[-1 - left_out]], mark) if left_out < len(ends) else ""


def _marked(text: str, mark: str) -> str:
    text = text.rstrip(" ,;:-–—，；：、(")
    return text if not mark or text.endswith((".", "!", "?", "。", "！", "？", mark)) else text + mark


def _squeezed(text: str, measure: Callable[[str], int], limit: int) -> Iterator[str]:
    """Cuts every line after the same number of words, more than two."""
    lines = [line.split(" ") for line in text.split("\n")]
    longest = max(map(len, lines))

    def cut(left_out: int) -> str:
        return "\n".join(" ".join(line[: longest - left_out]) for line in lines)

    left_out = bisect_left(range(longest), True, key=lambda n: measure(cut(n)) <= limit)
    if longest - left_out > 2:
        yield cut(left_out)
