"""Completes templates: labelled parts, quiz options, an opening and a closing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from spar_data.constraints.repairs.edit import heads, spans, splice, spread
from spar_data.constraints.repairs.phrases import like, phrases_for
from spar_data.constraints.text.words import straight

_OPTION = re.compile(
    r"(?m)^([ \t#>*_•\"“„-]*)(?:\(([A-Z])\)|（([A-Z])）|([A-Z])([)）．.]))(?=[*_]*[ \t]*[^\s*_])(.*\n?)"
)


def labelled_parts(response: str, *, labels: list[str]) -> Iterator[str]:
    """Keeps present labels and adds missing ones; without any, each label gets its share of paragraphs or sentences."""
    names = [label.strip() for label in labels]
    phrases = phrases_for(response)
    colon = "：" if phrases.language == "zh" else ":"
    if any(_label(name).search(response) for name in names):
        text, at = response, 0
        for number, name in enumerate(names):
            if hit := _label(name).search(text, at):
                head, tail = text[: hit.end()], text[hit.end() :]
                text = head + _label(name).sub(lambda m: m[0].rstrip(":：") + " –", tail)
                at = hit.end()
            else:
                added = f"{name}{colon} {like(response, phrases.fill[number % len(phrases.fill)])}"
                others = [later for n in names[number + 1 :] if (later := _label(n).search(text, at))]
                place = min((other.start() for other in others), default=len(text.rstrip()))
                gap = "" if text[:place].endswith("\n") or not place else "\n"
                text = f"{text[:place]}{gap}{added}\n{text[place:].lstrip()}"
                at = place + len(gap) + len(added)
        yield text.rstrip()
        for name in names:
            response = _label(name).sub("", response)
    body = response.strip()
    paragraphs, lines = ([0, *(m.end() for m in re.finditer(gap, body))] for gap in (r"\n[ \t]*\n\s*", r"\n+"))
    for pool in (paragraphs, lines, heads(body)):
        if len(pool) >= len(names):
            yield _labelled(body, spread(pool, len(names)), names, colon)
    bank = itertools.cycle(phrases.fill)
    fill = "".join(f"\n{name}{colon} {like(response, next(bank))}" for name in names[1:])
    yield f"{names[0]}{colon} {body}{fill}"


def _label(name: str) -> re.Pattern[str]:
    return re.compile(rf"^[ \t#>*_•\"“„-]*{re.escape(name)}[*_]*[ \t]*[:：]", re.MULTILINE)


def _labelled(body: str, places: list[int], names: list[str], colon: str) -> str:
    for place, name in reversed(list(zip(places, names, strict=True))):
        head = body[:place].rstrip()
        part = body[place:]
        gap = " " if part[:1] not in "#>|-*•`" and not part[:1].isdigit() else "\n"
        between = ("\n\n" if "\n\n" in body[len(head) : place] else "\n") if head else ""
        body = f"{head}{between}{name}{colon}{gap}{part}"
    return body


def multiple_choice(response: str, *, n: int) -> Iterator[str]:
    """Letters the options anew, removes surplus ones and adds missing ones; finally adds a question with all options."""
    phrases = phrases_for(response)
    options = [like(response, option) for option in phrases.option]
    while len(options) < n:
        options.append(f"{options[len(options) % 6][:-1]} ({len(options) + 1}){phrases.stop}")
    matches = list(_OPTION.finditer(response))
    if matches:
        remaining, dropped = matches[:n], matches[n:]
        text = response
        for match in reversed(dropped):
            text = text[: match.start()].rstrip("\n") + "\n" + text[match.end() :].lstrip("\n")
        letters = [match.span(next(group for group in (2, 3, 4) if match[group])) for match in remaining]
        text = splice(text, ((*place, chr(65 + number)) for number, place in enumerate(letters)))
        last = remaining[-1].end() - (response[remaining[-1].end() - 1] == "\n")
        new = "".join(f"\n{chr(65 + i)}) {options[i]}" for i in range(len(remaining), n))
        yield (text[:last] + new + text[last:]).rstrip()
    cleared = _OPTION.sub(lambda m: f"{m[1]}{m[6].lstrip()}", response)
    quiz = "\n".join(f"{chr(65 + i)}) {options[i]}" for i in range(n))
    body, question = cleared.rstrip(), like(response, phrases.quiz)
    yield f"{body}\n\n{question}\n{quiz}"
    line = body.rfind("\n")
    if line > 0:
        yield f"{body[:line]}\n\n{question}\n{quiz}\n\n{body[line + 1 :]}"
    yield from (f"{body[: s.start]}\n\n{question}\n{quiz}\n\n{body[s.start :]}" for s in spans(body)[-1:])


def wrapped(response: str, *, opening: str, closing: str) -> Iterator[str]:
    """Adds the missing ends of the frame; drops a few words outside of a frame that is there."""
    head_mark, tail_mark = opening.strip(), closing.strip()
    body = response.strip()
    gap = "" if len(head_mark) == 1 or head_mark.startswith("<") else "\n"
    straightened = straight(body)
    if head_mark != tail_mark:
        start, end = straightened.find(straight(head_mark)), straightened.rfind(straight(tail_mark))
        if 0 <= start < end and (end - start) * 5 > len(body) * 4:
            yield body[start : end + len(tail_mark)]
    begins = straightened.startswith(straight(head_mark))
    stops = straightened.endswith(straight(tail_mark)) and len(body) >= len(head_mark) + len(tail_mark)
    if head_mark == tail_mark == '"' and begins != stops:
        yield f"{body}{tail_mark}" if begins else f"{head_mark}{body}"
        begins = stops = False
    head, tail = "" if begins else head_mark + gap, "" if stops else gap + tail_mark
    if body not in (head_mark, tail_mark):
        yield f"{head}{body}{tail}"
    yield f"{head_mark}{gap}{body}{gap}{tail_mark}"
