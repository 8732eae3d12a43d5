"""Frames: labelled parts, quiz options, an opening and a closing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spar_data.constraints.repairs.edit import heads, spans
from spar_data.constraints.repairs.phrases import like, phrases_for
from spar_data.constraints.text.words import straight

_OPTION = re.compile(
    r"(?m)^([ \t#>*_•\"“„-]*)(?:\(([A-Z])\)|（([A-Z])）|([A-Z])([)）．.]))(?=[*_]*[ \t]*[^\s*_])(.*\n?)"
)


def labelled_parts(response: str, *, labels: list[str]) -> Iterator[str]:
    """Labels that are there stay and the missing ones come in; else each takes its share of paragraphs or sentences."""
    names = [label.strip() for label in labels]
    phrases = phrases_for(response)
    colon = "：" if phrases.language == "zh" else ":"
    found = {name: _label(name).search(response) for name in names}
    if any(found.values()):
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
        cleared = response
        for name in names:
            cleared = _label(name).sub("", cleared)
        response = cleared
    body = response.strip()
    places = [0, *(m.end() for m in re.finditer(r"\n[ \t]*\n\s*", body))]
    for pool in (places, [0, *(m.end() for m in re.finditer(r"\n+", body))], heads(body)):
        if len(pool) >= len(names):
            yield _labelled(body, [pool[i * len(pool) // len(names)] for i in range(len(names))], names, colon)
    fill = "".join(f"\n{name}{colon} {like(response, phrases.fill[i])}" for i, name in enumerate(names[1:]))
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
    """Options in the right letters; those too many go, missing ones come in, a question and all of them at last."""
    phrases = phrases_for(response)
    options = [like(response, option) for option in phrases.option]
    while len(options) < n:
        options.append(f"{options[len(options) % 6][:-1]} ({len(options) + 1}){phrases.stop}")
    found = list(_OPTION.finditer(response))
    if found:
        kept, dropped = found[:n], found[n:]
        text = response
        for match in reversed(dropped):
            text = text[: match.start()].rstrip("\n") + "\n" + text[match.end() :].lstrip("\n")
        for number, match in reversed(list(enumerate(kept))):
            group = next(g for g in (2, 3, 4) if match[g])
            text = text[: match.start(group)] + chr(65 + number) + text[match.end(group) :]
        last = kept[-1].end() - (response[kept[-1].end() - 1] == "\n")
        new = "".join(f"\n{chr(65 + i)}) {options[i]}" for i in range(len(kept), n))
        yield (text[:last] + new + text[last:]).rstrip()
        cleared = _OPTION.sub(lambda m: f"{m[1]}{m[6].lstrip()}", response)
    else:
        cleared = response
    quiz = "\n".join(f"{chr(65 + i)}) {options[i]}" for i in range(n))
    body, question = cleared.rstrip(), like(response, phrases.quiz)
    yield f"{body}\n\n{question}\n{quiz}"
    line = body.rfind("\n")
    if line > 0:
        yield f"{body[:line]}\n\n{question}\n{quiz}\n\n{body[line + 1 :]}"
    yield from (f"{body[: s.start]}\n\n{question}\n{quiz}\n\n{body[s.start :]}" for s in spans(body)[-1:])


def wrapped(response: str, *, opening: str, closing: str) -> Iterator[str]:
    """What is missing of the frame comes on; words outside of a frame that is there go, if they are few."""
    left, right = opening.strip(), closing.strip()
    body = response.strip()
    gap = "" if len(left) == 1 or left.startswith("<") else "\n"
    seen = straight(body)
    if left != right:
        start, end = seen.find(straight(left)), seen.rfind(straight(right))
        if 0 <= start < end and (end - start) * 5 > len(body) * 4:
            yield body[start : end + len(right)]
    begins, stops = (
        seen.startswith(straight(left)),
        seen.endswith(straight(right)) and len(body) >= len(left) + len(right),
    )
    if left == right == '"' and begins != stops:
        yield f"{body}{right}" if begins else f"{left}{body}"
        begins = stops = False
    head, tail = "" if begins else left + gap, "" if stops else gap + right
    if body not in (left, right):
        yield f"{head}{body}{tail}"
    yield f"{left}{gap}{body}{gap}{right}"
