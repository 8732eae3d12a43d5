"""Punctuation marks put in, taken out, or changed for others."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from spar_data.constraints.checkers.punctuation import forms
from spar_data.constraints.repairs.edit import bounds, insert, spans
from spar_data.constraints.repairs.phrases import Phrases, phrases_for

_INSTEAD = {
    "!": ".",
    "?": ".",
    ";": ",",
    "！": "。",
    "？": "。",
    "；": "，",
    "...": ".",
    "…": ".",
    "،": "",
    "؟": ".",
    "؛": "",
}


def absent(response: str, *, mark: str) -> Iterator[str]:
    for how in (_softly, _dashed, _dropped):
        text = response
        for _ in range(4):  # what is left on both sides may make the mark again
            text = re.sub(_pattern(mark), lambda m, how=how: how(m), text)  # type: ignore[misc]
        yield text


def _softly(found: re.Match[str]) -> str:
    """A full stop for '!', a comma for ';', nothing for a comma, a space for a Chinese one."""
    mark, text = found[0], found.string
    if mark in ("!", "?", "！", "？") and text[found.end() : found.end() + 1] in tuple("!?！？.。") + tuple("!?"):
        return ""
    if mark in ("，", "、"):
        return " " if mark == "，" else "和"
    return _INSTEAD.get(mark, "")


def _dashed(found: re.Match[str]) -> str:
    """ "one, two" as "one – two"; a comma inside a number goes."""
    mark, text = found[0], found.string
    if mark in ",;:" and text[found.end() : found.end() + 1] == " ":
        return " –"
    return "" if mark in ",，、" else _INSTEAD.get(mark, "").replace(",", "").replace("，", " ")


def _dropped(found: re.Match[str]) -> str:
    return ""


def count(response: str, *, mark: str, relation: str, n: int) -> Iterator[str]:
    low, high = bounds(relation, n)
    phrases = phrases_for(response)
    found = list(re.finditer(_pattern(mark), response))
    if high is not None and len(found) > high:
        surplus = len(found) - high
        for chosen in (found[len(found) - surplus :], found[:surplus]):
            for how in (_softly, _dashed, _dropped):
                text = response
                for match in reversed(chosen):
                    text = text[: match.start()] + how(match) + text[match.end() :]
                yield text
    if len(found) < low:
        yield from _more(response, mark, low - len(found), phrases)


def _more(response: str, mark: str, lacking: int, phrases: Phrases) -> Iterator[str]:
    if mark in ("!", "！", "..."):  # the last sentences of prose end in the mark
        stops = [
            span.end for span in spans(response) if span.prose and response[span.end - 1 : span.end] in (".", "。")
        ]
        stops = [end for end in stops if response[end - 2 : end - 1] not in (".", "")]
        for chosen in (stops[-lacking:], stops[-lacking - 1 : -1], stops[:lacking]):
            if len(chosen) == lacking:
                text = response
                for end in reversed(chosen):
                    text = text[: end - 1] + mark + text[end:]
                yield text
    if mark == ";" and lacking:
        yield from _semicolons(response, lacking, phrases)
    bank = [s for s in _sentences(mark, phrases) if s not in response]
    for turn in range(min(2, len(bank))):
        some = [bank[(turn + i) % len(bank)] for i in range(lacking)]
        yield from insert(response, phrases.space.join(some), phrases)
    for one in bank[-1:]:
        yield from insert(response, one, phrases)


def _semicolons(response: str, lacking: int, phrases: Phrases) -> Iterator[str]:
    from spar_data.constraints.repairs.length import lowered

    found = spans(response)
    pairs = [
        (one.end, two.start)
        for one, two in itertools.pairwise(found)
        if one.prose and two.prose and response[one.end - 1] in ".。" and response[one.end : two.start] in ("", " ")
    ][::2]
    for chosen in (pairs[:lacking], pairs[-lacking:]):
        if len(chosen) == lacking:
            text = response
            for end, start in reversed(chosen):
                sign = "；" if text[end - 1] == "。" else ";"
                text = text[: end - 1] + sign + text[end:start] + lowered(text[start:], phrases)
            yield text


def _sentences(mark: str, phrases: Phrases) -> tuple[str, ...]:
    """Sentences with one such mark each."""
    western = {"！": "!", "？": "?", "；": ";", "：": ":", "，": ","}.get(mark, mark)
    if western == "?":
        return phrases.question
    return phrases.exclamation if western == "!" else phrases.with_.get(western, ())


def starts(response: str, *, mark: str) -> Iterator[str]:
    """A quotation mark opens a quoted first sentence; other marks stand before the text."""
    body = response.lstrip()
    if mark in ('"', "“", "„", "«"):
        first = next(iter(spans(body)), None)
        closing = {"“": "”", "„": "“", "«": "»"}.get(mark, mark)
        if first and '"' not in body[: first.end]:
            yield f"{mark}{body[: first.end]}{closing}{body[first.end :]}"
    yield f"{mark} {body}" if mark not in ('"', "“", "„", "«", "(", "¿", "¡") else f"{mark}{body}"
    yield f"{mark}{body}"
    yield f"{mark}\n{body}"


def ends(response: str, *, mark: str) -> Iterator[str]:
    """The last mark is changed; a question mark comes with a question."""
    body, phrases = response.rstrip(), phrases_for(response)
    if mark in ("?", "？"):
        for question in phrases.question[:2]:
            asked = question[:-1].rstrip() + mark if phrases.language != "fr" else question
            if "```" in body[-4:]:
                break
            gap = phrases.space if body[-1:] in tuple(".!?。！？") + tuple('"”»*_)') else "\n\n"
            yield f"{body}{gap}{asked}"
            yield f"{body}\n\n{asked}"
    bare = body.rstrip(".!?。！？…,;:，；：")
    yield f"{bare}{mark}" if bare else f"{body}{mark}"
    yield f"{body}{mark}"
    yield f"{body}\n\n{phrases.remark[1][:-1]}{mark}"


def _pattern(mark: str) -> str:
    return "|".join(map(re.escape, forms(mark)))
