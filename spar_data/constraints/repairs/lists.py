"""Makes, adds, nests and renumbers list items."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import accumulate, pairwise

from spar_data.constraints.repairs.edit import append_block, spans
from spar_data.constraints.repairs.phrases import like, phrases_for
from spar_data.constraints.text.markdown import is_item, list_items, outside_fences

_BULLET = re.compile(r"^([ \t]*)([-*•])(?=[ \t]+\S)")
_NUMBER = re.compile(r"^([ \t]*(?:\*\*|__)?)(\d{1,9})([.)](?=[ \t]+\S)|[、．）])")


def bullets(response: str, *, n: int) -> Iterator[str]:
    """Nests or drops surplus bullets; makes missing ones of sentences, or adds them."""
    lines = response.split("\n")
    places = _items(response, lines, _BULLET)
    if len(places) > n > 0:
        yield from _remove_items(lines, places, n, lambda line: "  " + line)
        yield from _remove_items(lines, places, n, lambda line: _BULLET.sub(r"\1", line).replace("  ", " ", 1).strip())
        yield from _remove_items(lines, places, n, None)
    elif len(places) < n:
        sign = _BULLET.match(lines[places[-1]])[2] if places else "-"  # type: ignore[index]
        yield from _add_items(response, lines, places, n, lambda i: f"{sign} ")


def numbered_list(response: str, *, n: int) -> Iterator[str]:
    """Renumbers the items; nests or drops surplus ones; makes missing ones of bullets or sentences, or adds them."""
    lines = response.split("\n")
    places = _items(response, lines, _NUMBER)
    for number, place in enumerate(places[:n], start=1):
        lines[place] = _NUMBER.sub(rf"\g<1>{number}\g<3>", lines[place])
    if len(places) == n:
        yield "\n".join(lines)
    elif len(places) > n:
        yield from _remove_items(lines, places, n, lambda line: _NUMBER.sub(r"   \g<1>-", line).replace("-、", "- "))
        yield from _remove_items(lines, places, n, lambda line: _NUMBER.sub(r"\g<1>", line).strip())
        yield from _remove_items(lines, places, n, None)
    else:
        bulleted = _items(response, lines, _BULLET)
        if not places and len(bulleted) >= n:
            for number, place in enumerate(bulleted[:n], start=1):
                lines[place] = _BULLET.sub(rf"\g<1>{number}.", lines[place])
            yield "\n".join(lines)
            lines = response.split("\n")
        yield from _add_items("\n".join(lines), lines, places, n, lambda i: f"{i}. ")


def _items(response: str, lines: list[str], form: re.Pattern[str]) -> list[int]:
    """Returns the numbers of the lines that are top-level items of this form, in the order of `list_items`."""
    items = iter(list_items(response))
    places, at = [], 0
    for line in outside_fences(response):  # a subsequence of all lines
        while at < len(lines) and lines[at].rstrip("\r") != line:
            at += 1
        if at == len(lines):
            break
        if is_item(line) and not next(items).nested and form.match(lines[at]):
            places.append(at)
        at += 1
    return places


def _remove_items(lines: list[str], places: list[int], n: int, change: Callable[[str], str] | None) -> Iterator[str]:
    """Changes the lines of the surplus items, or removes them if `change` is None."""
    for surplus in (set(places[n:]), set(places[n:] if change else places[: len(places) - n])):
        rows = [(change and change(line)) if at in surplus else line for at, line in enumerate(lines)]
        yield "\n".join(row for row in rows if row is not None)


def _add_items(response: str, lines: list[str], places: list[int], n: int, sign: Callable[[int], str]) -> Iterator[str]:
    """Adds items up to n. sign: takes the number of an item, from 1 on."""
    phrases, have = phrases_for(response), len(places)
    bank = [sentence for sentence in phrases.fill if sentence not in response] or list(phrases.fill)
    extra = [like(response, bank[i % len(bank)]) for i in range(n)]
    if places:  # behind the last item
        indent = re.match(r"[ \t]*", lines[places[-1]])[0]  # type: ignore[index]
        end = places[-1] + 1
        while end < len(lines) and lines[end].strip() and lines[end].startswith(indent + "  "):
            end += 1
        new = [indent + sign(i + 1) + extra[i - have] for i in range(have, n)]
        yield "\n".join([*lines[:end], *new, *lines[end:]])
    prose = [(span.start, span.end) for span in spans(response) if span.prose and not places]
    if not places and len(prose) >= n:
        for at in _close(response, prose, n):
            yield _listed(response, prose[at : at + n], sign)
    elif prose:
        added = "".join(f"\n{sign(i + 1)}{extra[i - len(prose)]}" for i in range(len(prose), n))
        yield _listed(response, prose, sign) + added
    new = [sign(i + 1) + extra[i - have] for i in range(have, n)]
    yield from append_block(response.rstrip(), "\n".join(new))


def _close(text: str, places: list[tuple[int, int]], n: int) -> list[int]:
    """Finds the starts of n sentences in a row with the fewest line breaks between them, later ones first."""
    breaks = [text.count("\n", one[1], two[0]) for one, two in pairwise(places)]
    sums = [0, *accumulate(breaks)]
    starts = range(len(places) - n + 1)
    return sorted(starts, key=lambda at: (sums[at + max(n, 1) - 1] - sums[at], -at))[:3]


def _listed(text: str, places: list[tuple[int, int]], sign: Callable[[int], str]) -> str:
    """Puts each stretch on a line of its own, as an item."""
    for number in range(len(places), 0, -1):
        start, end = places[number - 1]
        head, tail = text[:start].rstrip(), text[end:].lstrip(" ")
        gap = "" if not head else "\n" if number > 1 and places[number - 2][1] >= len(head) else "\n\n"
        tail = tail if not tail or tail.startswith("\n") else "\n" + ("\n" if number == len(places) else "") + tail
        text = f"{head}{gap}{sign(number)}{' '.join(text[start:end].split())}{tail}"
    return text
