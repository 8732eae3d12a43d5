"""Small edits of a text that leave the rest as it is: put a sentence in, take some out, cut, replace.

Every one gives several candidates, the most natural first: which of them breaks nothing else is for the caller to find.
Candidates are made one by one, as they are asked for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from spar_data.constraints.repairs.phrases import Phrases, like
from spar_data.constraints.text.markdown import is_item, unwrapped
from spar_data.constraints.text.sentences import sentences
from spar_data.constraints.text.words import fold, occurrences

_ENDED = re.compile(r"[.!?…。！？:：;；][\"'”’»」)\]*_]*\s*\Z")
_NO_PROSE = re.compile(r"[ \t]*(?:#{1,6}[ \t]|\||<<|\*{3,}[ \t]*$|\*\*[^*\n]+\*\*:?[ \t]*$|===|\(?[A-Z][.)]\s)")
_EMPTY = re.compile(r"^[ \t>]*(?:[-*+•]|\d{1,9}[.)]|#{1,6})?[ \t]*\n?", re.MULTILINE)
_LOOK = 4000  # characters that may stand between two sentences: code, mostly


class Span(NamedTuple):
    start: int
    end: int
    prose: bool


def bounds(relation: str, n: int) -> tuple[int, int | None]:
    """The least and the greatest count that stands in the relation to n; None: there is no greatest."""
    return {
        "exactly": (n, n),
        "at least": (n, None),
        "more than": (n + 1, None),
        "at most": (0, n),
        "less than": (0, n - 1),
    }[relation]


def spans(text: str) -> list[Span]:
    """Where the sentences of the text stand. prose: in a paragraph, not in a list, heading or table."""
    found: list[Span] = []
    at = 0
    for sentence in sentences(text):
        pattern = re.compile(r"\s+(?:> ?)?".join(map(re.escape, sentence.split())))
        if hit := pattern.search(text, at, at + 2 * len(sentence) + _LOOK):
            line = text[text.rfind("\n", 0, hit.start()) + 1 : _line_end(text, hit.start())]
            found.append(Span(hit.start(), hit.end(), not is_item(line) and not _NO_PROSE.match(line)))
            at = hit.end()
    return found


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if end >= 0 else len(text)


def heads(text: str) -> list[int]:
    """Where something can be put in before a sentence: before the bullet or number if it is the first of an item."""
    found = []
    for span in spans(text):
        line = text.rfind("\n", 0, span.start) + 1
        before = text[line : span.start]
        if not before.strip(' \t>#*_-•+"“„0123456789.)、．）|'):
            found.append(line if before.strip() else span.start)
        elif span.prose:
            found.append(span.start)
    return found


def insert(text: str, addition: str, phrases: Phrases, given: bool = False) -> Iterator[str]:
    """The addition (sentences) at the end of the last paragraph of prose, before its last sentence, after the first one,
    as a paragraph of its own, ...; into JSON as one more value. It takes on the case that the whole text has, unless it
    is given to the letter."""
    addition = addition if given else like(text, addition)
    if inside := _json(text):
        yield from _into_json(text, inside, addition)
        return
    found = spans(text)
    prose = [span for span in found if span.prose]
    ended = [span for span in prose if _ENDED.search(text[: span.end][-12:])]
    order = [*ended[-1:], *ended[-2:-1], *ended[-3:-2], *ended[len(ended) // 2 :][:1], *ended[:1], *ended[1:2]]
    seen = set()
    for span in order:
        if span not in seen:
            seen.add(span)
            yield after(text, span.end, addition, phrases)
    body = text.rstrip()
    yield f"{body}\n\n{addition}"
    last = body.rfind("\n\n")
    if last > 0:
        yield f"{body[:last]}\n\n{addition}{body[last:]}"
    line = body.rfind("\n")
    if line > 0:
        yield f"{body[:line]}\n{addition}{body[line:]}"
        first = body.find("\n")
        yield f"{body[:first]}\n{addition}{body[first:]}"
    for span in [*found[-1:], *found[-2:-1], *found[:1]]:
        yield after(text, span.end, addition, phrases)
    yield f"{addition}\n\n{text.lstrip()}"
    yield f"{addition}{phrases.space}{text.lstrip()}"


def after(text: str, at: int, addition: str, phrases: Phrases) -> str:
    """The addition behind a sentence that ends at `at`, which gets a full stop if it has none."""
    head, tail = text[:at], text[at:]
    stop = "" if not head.strip() or _ENDED.search(head[-12:]) else phrases.stop
    gap = "" if not head.strip() else phrases.space if head.endswith(("。", "！", "？")) else " "
    return f"{head}{stop}{gap}{addition}{tail if not tail or tail[0].isspace() else phrases.space + tail}"


def _json(text: str) -> str:
    inside = unwrapped(text)
    if inside[:1] in ("{", "["):
        try:
            json.loads(inside)
        except (ValueError, RecursionError):
            return ""
        return inside
    return ""


def _into_json(text: str, inside: str, addition: str) -> Iterator[str]:
    closing = inside[-1]
    at = text.rindex(inside) + len(inside) - 1
    comma = "," if inside[1:-1].strip() else ""
    key = next(k for k in ("note", *(f"note_{i}" for i in range(2, 1000))) if f'"{k}"' not in inside)
    value = json.dumps(addition, ensure_ascii=False)
    value = f'"{key}": {value}' if closing == "}" else value
    gap = "\n  " if "\n" in inside else " " if comma else ""
    head = text[:at].rstrip()
    yield f"{head}{comma}{gap}{value}{text[len(head) : at]}{text[at:]}"


def hits(phrase: str, text: str) -> list[tuple[int, int]]:
    """Where the phrase stands as whole words regardless of case, as `text.occurrences` finds it, in the text as it is."""
    folded, place = fold(text), None
    if len(folded) != len(text):
        pieces = [fold(c) for c in text]
        if "".join(pieces) != folded:
            return []  # composed characters: nothing is known about their places
        place = [i for i, piece in enumerate(pieces) for _ in piece] + [len(text)]
    wanted = fold(phrase)
    found = []
    pattern = re.compile(r"\s+".join(map(re.escape, wanted.split())))
    for start in occurrences(wanted, folded):
        hit = pattern.match(folded, start)
        assert hit
        end = hit.end()
        found.append((place[start], place[end - 1] + 1) if place else (start, end))
    return found


def replace(text: str, places: Sequence[tuple[int, int]], new: str | Callable[[str], str]) -> str:
    """The text with something else at the places (in order, apart); what is left of white space and marks is mended."""
    parts, at = [], 0
    for start, end in places:
        put = new if isinstance(new, str) else new(text[start:end])
        left = text[at:start]
        if not put:
            if text[start - 1 : start] in (" ", "") and text[end : end + 1] in (" ", ""):
                end += 1
            elif text[start - 1 : start] == " " and text[end : end + 1] in ".,;:!?)":
                left = left[:-1]
        parts += [left, put]
        at = end
    return "".join([*parts, text[at:]])


def without(text: str, start: int, end: int) -> str:
    """The text without a stretch of it, and without the line that it leaves empty."""
    head, tail = text[:start], text[end:]
    line = head.rfind("\n") + 1
    if _EMPTY.fullmatch(head[line:] + "\n") and (not tail.strip(" ") or tail.lstrip(" ")[:1] == "\n"):
        head, tail = head[:line].rstrip("\n"), tail.lstrip(" ")
        return (head + (tail if head else tail.lstrip())).strip("\n")
    if not tail.strip():
        return head.rstrip() + tail
    return head + (tail.lstrip(" ") if head[-1:].isspace() or not head else tail)


def fill(text: str, phrases: Phrases, cost: Callable[[str], int], low: int, high: int | None) -> Iterator[list[str]]:
    """Neutral sentences that the text does not have, which cost from low to high together: some ways to choose them."""
    bank = [sentence for sentence in phrases.fill if sentence not in text]
    for turn in range(min(4, len(bank))):
        if chosen := _sum(bank[turn * 5 :] + bank[: turn * 5], cost, low, high):
            yield chosen


def _sum(bank: Sequence[str], cost: Callable[[str], int], low: int, high: int | None) -> list[str]:
    """The first sums that reach the range, by sentences in the order of the bank: as few as that order needs."""
    reached: dict[int, list[int]] = {0: []}
    for at, sentence in enumerate(bank):
        price = cost(sentence)
        for total, used in sorted(reached.items(), reverse=True):
            if total < low:
                reached.setdefault(total + price, [*used, at])
        fits = [total for total in reached if total >= low and (high is None or total <= high)]
        if fits:
            return [bank[i] for i in reached[min(fits)]]
    return []
