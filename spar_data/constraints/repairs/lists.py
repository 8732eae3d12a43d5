"""Bullets and numbered items: taken from sentences, added, nested, renumbered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from spar_data.constraints.repairs.edit import spans
from spar_data.constraints.repairs.phrases import like, phrases_for
from spar_data.constraints.text.markdown import list_items, outside_fences

_BULLET = re.compile(r"([ \t]*)([-*•])(?=[ \t]+\S)")
_NUMBER = re.compile(r"([ \t]*(?:\*\*|__)?)(\d{1,9})([.)](?=[ \t]+\S)|[、．）])")


def bullets(response: str, *, n: int) -> Iterator[str]:
    """Too many: the last ones are nested in the one before, or go. Too few: sentences become items, or items come in."""
    lines = response.split("\n")
    places = _items(response, lines, _BULLET, lambda sign: sign in "-*•")
    if len(places) > n > 0:
        yield from _fewer(lines, places, n, lambda line: "  " + line)
        yield from _fewer(
            lines, places, n, lambda line: _BULLET.sub(r"\1", line, count=1).replace("  ", " ", 1).strip()
        )
        yield from _fewer(lines, places, n, None)
    elif len(places) < n:
        sign = _BULLET.match(lines[places[-1]])[2] if places else "-"  # type: ignore[index]
        yield from _more(response, lines, places, n, lambda i: f"{sign} ")


def numbered_list(response: str, *, n: int) -> Iterator[str]:
    lines = response.split("\n")
    places = _items(response, lines, _NUMBER, str.isdecimal)
    for number, place in enumerate(places[:n], start=1):
        lines[place] = _NUMBER.sub(rf"\g<1>{number}\g<3>", lines[place], count=1)
    if len(places) == n:
        yield "\n".join(lines)
    elif len(places) > n:
        yield from _fewer(lines, places, n, lambda line: _NUMBER.sub(r"   \g<1>-", line, count=1).replace("-、", "- "))
        yield from _fewer(lines, places, n, lambda line: _NUMBER.sub(r"\g<1>", line, count=1).strip())
        yield from _fewer(lines, places, n, None)
    else:
        bulleted = _items(response, lines, _BULLET, lambda sign: sign in "-*•")
        if not places and len(bulleted) >= n:
            for number, place in enumerate(bulleted[:n], start=1):
                lines[place] = _BULLET.sub(rf"\g<1>{number}.", lines[place], count=1)
            yield "\n".join(lines)
            lines = response.split("\n")
        yield from _more("\n".join(lines), lines, places, n, lambda i: f"{i}. ")


def _items(response: str, lines: list[str], form: re.Pattern[str], counted: object) -> list[int]:
    """The numbers of the lines that are counted as items: in the order in which `list_items` finds them."""
    assert callable(counted)
    outside = outside_fences(response)
    items = iter(list_items(response))
    places, at = [], 0
    for line in outside:  # the lines outside of fences are a subsequence of all of them
        while at < len(lines) and lines[at].rstrip("\r") != line:
            at += 1
        if at == len(lines):
            break
        if len(list_items(line)) == 1:
            item = next(items, None)
            if item and counted(item.sign) and not item.nested and form.match(lines[at]):
                places.append(at)
        at += 1
    return places


def _fewer(lines: list[str], places: list[int], n: int, change: object) -> Iterator[str]:
    for surplus in (places[n:], places[len(places) - n - 1 :: -1] if change is None else places[n:]):
        kept = []
        for at, line in enumerate(lines):
            if at in set(surplus):
                if callable(change):
                    kept.append(change(line))
            else:
                kept.append(line)
        yield "\n".join(kept)


def _more(response: str, lines: list[str], places: list[int], n: int, sign: object) -> Iterator[str]:
    assert callable(sign)
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
    found = [span for span in spans(response) if span.prose]
    if not places and len(found) >= n:
        pairs = [(s.start, s.end) for s in found]
        for at in _close(response, pairs, n):
            yield _listed(response, pairs[at : at + n], sign)
    elif not places and found:
        yield _listed(response, [(s.start, s.end) for s in found], sign) + "".join(
            f"\n{sign(i + 1)}{extra[i - len(found)]}" for i in range(len(found), n)
        )
    new = [sign(i + 1) + extra[i - have] for i in range(have, n)]
    block = "\n".join(new)
    body = response.rstrip()
    yield f"{body}\n\n{block}"
    line = body.rfind("\n")
    if line > 0:
        yield f"{body[:line].rstrip()}\n\n{block}\n\n{body[line + 1 :]}"
    yield from (f"{body[: s.start].rstrip()}\n\n{block}\n\n{body[s.start :]}" for s in spans(body)[-1:])


def _close(text: str, places: list[tuple[int, int]], n: int) -> list[int]:
    """Where n sentences in a row begin that have the fewest line breaks between them; of equal ones the last first."""
    breaks = [text.count("\n", one[1], two[0]) for one, two in pairwise(places)]
    sums = [0]
    for number in breaks:
        sums.append(sums[-1] + number)
    starts = range(len(places) - n + 1)
    return sorted(starts, key=lambda at: (sums[at + max(n, 1) - 1] - sums[at], -at))[:3]


def _listed(text: str, places: list[tuple[int, int]], sign: object) -> str:
    """Each stretch on a line of its own, as an item."""
    assert callable(sign)
    for number in range(len(places), 0, -1):
        start, end = places[number - 1]
        head, tail = text[:start].rstrip(), text[end:].lstrip(" ")
        gap = "" if not head else "\n" if number > 1 and places[number - 2][1] >= len(head) else "\n\n"
        tail = tail if not tail or tail.startswith("\n") else "\n" + ("\n" if number == len(places) else "") + tail
        text = f"{head}{gap}{sign(number)}{' '.join(text[start:end].split())}{tail}"
    return text
