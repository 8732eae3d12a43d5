"""Gives letters, posts, scripts and verse their form."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from spar_data.constraints.checkers.genre import HASHTAG, speaker_of
from spar_data.constraints.repairs.cut import shorten
from spar_data.constraints.repairs.edit import spans
from spar_data.constraints.repairs.phrases import like, phrases_for
from spar_data.constraints.text.words import fold, lines, occurrences, words

_MOST_LINES = 200  # to break or to join; a text that differs by more lines is not turned into a poem


def poem_lines(response: str, *, n: int) -> Iterator[str]:
    """Breaks long lines at a mark or a word, or joins short ones, until their number is right. It need not become a poem."""
    rows = response.strip().splitlines()
    count = len(lines(response))
    if abs(n - count) > _MOST_LINES:
        return
    for _ in range(max(0, n - count)):
        at = max(range(len(rows)), key=lambda i: len(rows[i]))
        if not (pieces := _halves(rows[at])):
            return
        rows[at : at + 1] = pieces
    for _ in range(max(0, count - n)):
        full = [i for i, row in enumerate(rows) if row.strip()]
        if len(full) < 2:
            return
        one, two = min(itertools.pairwise(full), key=lambda pair: (len(rows[pair[0]]) + len(rows[pair[1]]), pair))
        rows[one : two + 1] = [f"{rows[one].rstrip()} {rows[two].lstrip()}"]
    yield "\n".join(rows)


def _halves(row: str) -> list[str]:
    breaks = [m.start() for m in re.finditer(r"(?<=\S)[ \t]+(?=\S)", row)]
    breaks = breaks or [m.end() for m in re.finditer(r"[，。；、！？](?=\S)", row)]
    if not breaks:
        return []
    middle = len(row) / 2
    at = min(breaks, key=lambda b: abs(b - middle) - (len(row) / 4 if row[b - 1] in ".,;:!?—–，。；！？" else 0))
    return [row[:at].rstrip(), row[at:].lstrip()]


def script_lines(response: str, *, n: int) -> Iterator[str]:
    """Gives the sentences to two speakers in turn; a script that is too short gets further lines."""
    phrases = phrases_for(response)
    speakers = [name for line in lines(response) if (name := speaker_of(line))]
    first, second = (name.upper() if like(response, name).isupper() else name for name in phrases.speaker)
    colon = "：" if phrases.language == "zh" else ": "
    if not speakers:
        body = response.strip()
        pieces = [" ".join(body[s.start : s.end].split()) for s in spans(body)]
        while 0 < len(pieces) < n and (halves := _halves(max(pieces, key=len))) and len(max(pieces, key=len)) > 30:
            at = pieces.index(max(pieces, key=len))
            pieces[at : at + 1] = halves
        pieces += [like(response, s) for s in phrases.fill if s not in body][: max(0, n - len(pieces))]
        yield "\n".join(f"{(first, second)[i % 2]}{colon}{piece}" for i, piece in enumerate(pieces))
        return
    heads = (line.split(colon.strip(), 1)[0] for line in lines(response) if speaker_of(line))
    names = list(dict.fromkeys(head.strip(" *_#>-") for head in heads))
    others = [*names, *(x for x in (first, second) if fold(x) not in {fold(name) for name in names})]
    bank = [sentence for sentence in phrases.fill if sentence not in response] or phrases.fill
    extra = [like(response, sentence) for sentence in bank]
    lacking = max(n - len(speakers), 1 if len(set(speakers)) < 2 else 0)
    turn = [f"{others[(i + 1) % max(2, len(names))]}{colon}{extra[i % len(extra)]}" for i in range(lacking)]
    yield "\n".join([response.rstrip(), *turn])
    rows = response.rstrip().split("\n")
    yield "\n".join([*rows[:-1], *turn, rows[-1]])


def letter(response: str, *, greeting: str, closing: str) -> Iterator[str]:
    """Replaces another greeting or closing; if there is none, adds one."""
    phrases, body = phrases_for(response), response.strip()
    comma = "：" if phrases.language == "zh" else ","
    rows = body.split("\n")
    head, mark = [], rows[0].rstrip()[-1:]
    if occurrences(fold(greeting), fold(rows[0].lstrip('#*_ "“')))[:1] != [0]:
        if len(rows) > 1 and len(words(rows[0])) <= 5 and mark in (",", "，", "：", ":", "!"):
            rows[0] = f"{greeting}{mark}"
        else:
            head = [f"{greeting}{comma}", ""]
    text = "\n".join([*head, *rows])
    tail = "，" if phrases.language == "zh" else ","
    full = [i for i, row in enumerate(rows) if row.strip()][1:][-3:]
    signed = [i for i in full if rows[i].rstrip()[-1:] in (",", "，") and len(words(rows[i])) <= 5]
    yield text
    if signed and not head:
        yield "\n".join([*rows[: signed[-1]], f"{closing}{tail}", *rows[signed[-1] + 1 :]])
    for sign in (tail, ""):
        bare = text if sign else text.replace(f"{greeting},", greeting, 1)
        yield f"{bare}\n\n{closing}{sign}".rstrip()
        yield f"{bare}\n\n{closing}"


def hashtag_post(response: str, *, limit: int) -> Iterator[str]:
    """Cuts the text to the limit and ends it with a hashtag: a long word of its beginning, or a general one."""
    phrases, body = phrases_for(response), response.strip()
    hashtag = HASHTAG.search(body)
    long = [word for word in words(body[:400]) if len(word) >= 5 and word.isalpha()]
    long = [word for word in long if fold(word) not in phrases.function]
    tag = hashtag[0] if hashtag else "#" + (max(long, key=len).lower() if long else phrases.tag)
    if len(tag) > limit // 2:
        tag = f"#{phrases.tag}"
    if not hashtag:
        yield f"{body} {tag}"
    yield from itertools.islice(shorten(body, lambda text: len(text.strip()), limit), 1)
    for shorter in shorten(body, lambda text: len(text.strip()), limit - len(tag) - 1):
        yield f"{shorter.strip()} {tag}"
