"""Small edits that leave the rest of a text as it is: insert a sentence, remove a stretch, replace words.

Most of them yield several candidates lazily, the most natural one first. The caller finds out which of them breaks nothing
else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from spar_data.constraints.repairs.phrases import Phrases, like
from spar_data.constraints.text.markdown import is_item, unwrapped
from spar_data.constraints.text.sentences import sentences
from spar_data.constraints.text.words import fold, occurrence_spans

T = TypeVar("T")

_ENDED = re.compile(r"[.!?…。！？:：;；][\"'”’»」)\]*_]*\s*\Z")
_NO_PROSE = re.compile(r"[ \t]*(?:#{1,6}[ \t]|\||<<|\*{3,}[ \t]*$|\*\*[^*\n]+\*\*:?[ \t]*$|===|\(?[A-Z][.)]\s)")
_EMPTY = re.compile(r"^[ \t>]*(?:[-*+•]|\d{1,9}[.)]|#{1,6})?[ \t]*\n?", re.MULTILINE)
_LOOK = 4000  # characters that may stand between two sentences: code, mostly


class Span(NamedTuple):
    """The place of a sentence. prose: it stands in a paragraph, not in a list, heading or table."""

    start: int
    end: int
    prose: bool


def bounds(relation: str, n: int) -> tuple[int, int | None]:
    """Returns the smallest and the largest count in this relation to n; None: there is no largest."""
    low = {"exactly": n, "at least": n, "more than": n + 1}.get(relation, 0)
    return low, {"exactly": n, "at most": n, "less than": n - 1}.get(relation)


def spans(text: str) -> list[Span]:
    """Finds the sentences in the text."""
    places: list[Span] = []
    at, ended = 0, f"{text}\n"
    for sentence in sentences(text):
        pattern = re.compile(r"\s+(?:> ?)?".join(map(re.escape, sentence.split())))
        if hit := pattern.search(text, at, at + 2 * len(sentence) + _LOOK):
            line = text[text.rfind("\n", 0, hit.start()) + 1 : ended.index("\n", hit.start())]
            places.append(Span(hit.start(), hit.end(), not is_item(line) and not _NO_PROSE.match(line)))
            at = hit.end()
    return places


def spread(pool: Sequence[T], count: int) -> list[T]:
    """Picks `count` evenly spread elements, from the first one on."""
    return [pool[i * len(pool) // count] for i in range(count)]


def excess(places: Sequence[T], relation: str, n: int) -> tuple[list[Sequence[T]], int]:
    """Returns the choices of surplus places (the last ones, or else the first ones; [] if none are), and how many lack."""
    low, high = bounds(relation, n)
    number = 0 if high is None else len(places) - high
    return [places[-number:], places[:number]] if number > 0 else [], max(0, low - len(places))


def append_block(body: str, block: str) -> Iterator[str]:
    """Puts a block of lines below a text, above its last line, and above its last sentence."""
    yield f"{body}\n\n{block}"
    line = body.rfind("\n")
    if line > 0:
        yield f"{body[:line].rstrip()}\n\n{block}\n\n{body[line + 1 :]}"
    yield from (f"{body[: s.start].rstrip()}\n\n{block}\n\n{body[s.start :]}" for s in spans(body)[-1:])


def heads(text: str) -> list[int]:
    """Finds where text can go before a sentence: before the bullet or number at the start of an item."""
    starts = []
    for span in spans(text):
        line = text.rfind("\n", 0, span.start) + 1
        before = text[line : span.start]
        if not before.strip(' \t>#*_-•+"“„0123456789.)、．）|'):
            starts.append(line if before.strip() else span.start)
        elif span.prose:
            starts.append(span.start)
    return starts


def insert(text: str, addition: str, phrases: Phrases, verbatim: bool = False) -> Iterator[str]:
    """Inserts sentences: at the end of the last paragraph, before its last sentence, further up, as a paragraph, ...

    JSON gets one more value. The addition takes on the case of the whole text unless it is to stay verbatim.
    """
    addition = addition if verbatim else like(text, addition)
    if inside := _json(text):
        yield from _into_json(text, inside, addition)
        return
    all_spans = spans(text)
    prose = [span for span in all_spans if span.prose]
    ended = [span for span in prose if _ENDED.search(text[: span.end][-12:])]
    order = [*ended[-1:], *ended[-2:-1], *ended[-3:-2], *ended[len(ended) // 2 :][:1], *ended[:1], *ended[1:2]]
    for span in dict.fromkeys(order):
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
    for span in [*all_spans[-1:], *all_spans[-2:-1], *all_spans[:1]]:
        yield after(text, span.end, addition, phrases)
    yield f"{addition}\n\n{text.lstrip()}"
    yield f"{addition}{phrases.space}{text.lstrip()}"


def insert_some(text: str, bank: Sequence[str], count: int, phrases: Phrases, turns: int = 2) -> Iterator[str]:
    """Inserts `count` sentences of the bank together, which begins anew where it ends. turns: how many choices to try."""
    for turn in range(min(turns, len(bank))):
        yield from insert(text, phrases.space.join(bank[(turn + i) % len(bank)] for i in range(count)), phrases)


def above(text: str, places: Sequence[int], blocks: Sequence[str]) -> str:
    """Puts each block above its place in the text, behind a blank line."""
    for at, block in reversed(list(zip(places, blocks, strict=True))):
        before = text[:at].rstrip()
        gap = "\n\n" if before else ""
        text = f"{before}{gap}{block}{text[at:].lstrip()}"
    return text


def after(text: str, at: int, addition: str, phrases: Phrases) -> str:
    """Puts the addition behind the sentence that ends at `at`; the sentence gets a full stop if it has none."""
    head, tail = text[:at], text[at:]
    stop = "" if not head.strip() or _ENDED.search(head[-12:]) else phrases.stop
    gap = "" if not head.strip() else phrases.space if head.endswith(("。", "！", "？")) else " "
    return f"{head}{stop}{gap}{addition}{tail if not tail or tail[0].isspace() else phrases.space + tail}"


def _json(text: str) -> str:
    """Returns the JSON of a response that is JSON, bare or in a code fence; "" for any other text."""
    inside = unwrapped(text)
    try:
        return inside if inside[:1] in ("{", "[") and json.loads(inside) is not None else ""
    except (ValueError, RecursionError):
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
    """Finds the phrase as whole words in any case (`words.occurrences`); returns start and end in the original text."""
    folded, place = fold(text), None
    if len(folded) != len(text):
        pieces = [fold(c) for c in text]
        if "".join(pieces) != folded:
            return []  # composed characters: their places are unknown
        place = [i for i, piece in enumerate(pieces) for _ in piece] + [len(text)]
    places = occurrence_spans(fold(phrase), folded)
    return [(place[start], place[end - 1] + 1) for start, end in places] if place else places


def splice(text: str, pieces: Iterable[tuple[int, int, str]]) -> str:
    """Replaces stretches of the text. pieces: start, end and new text of each, in order and without overlaps."""
    parts, at = [], 0
    for start, end, new in pieces:
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def replace(text: str, places: Iterable[tuple[int, int]], new: str | Callable[[str], str]) -> str:
    """Replaces the text at these places, which do not overlap, and tidies white space where nothing replaces it."""
    pieces = []
    for start, end in sorted(places):
        put = new if isinstance(new, str) else new(text[start:end])
        if not put and text[start - 1 : start] in (" ", "") and text[end : end + 1] in (" ", ""):
            end += 1
        elif not put and text[start - 1 : start] == " " and text[end : end + 1] in ".,;:!?)":
            start -= 1
        pieces.append((start, end, put))
    return splice(text, pieces)


def without(text: str, start: int, end: int) -> str:
    """Removes a stretch of the text, and the line if it becomes empty."""
    head, tail = text[:start], text[end:]
    line = head.rfind("\n") + 1
    if _EMPTY.fullmatch(head[line:] + "\n") and (not tail.strip(" ") or tail.lstrip(" ")[:1] == "\n"):
        head, tail = head[:line].rstrip("\n"), tail.lstrip(" ")
        return (head + (tail if head else tail.lstrip())).strip("\n")
    if not tail.strip():
        return head.rstrip() + tail
    return head + (tail.lstrip(" ") if head[-1:].isspace() or not head else tail)


def fill(text: str, phrases: Phrases, cost: Callable[[str], int], low: int, high: int | None) -> Iterator[list[str]]:
    """Chooses neutral sentences that are new to the text and whose costs add up to a number from low to high."""
    bank = [sentence for sentence in phrases.fill if sentence not in text]
    for turn in range(min(4, len(bank))):
        if chosen := _sum(bank[turn * 5 :] + bank[: turn * 5], cost, low, high):
            yield chosen


def _sum(bank: Sequence[str], cost: Callable[[str], int], low: int, high: int | None) -> list[str]:
    """Returns the first sentences of the bank whose costs add up to a number in the range; [] if none do."""
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
