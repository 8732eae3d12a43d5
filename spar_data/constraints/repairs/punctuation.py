"""Adds, removes and replaces punctuation marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from spar_data.constraints.checkers.punctuation import forms
from spar_data.constraints.repairs.edit import excess, insert, insert_some, replace, spans, splice
from spar_data.constraints.repairs.length import full_stops, join_sentences
from spar_data.constraints.repairs.phrases import phrases_for

_INSTEAD = {"!": ".", "?": ".", ";": ",", "！": "。", "？": "。", "；": "，", "...": ".", "…": ".", "؟": "."}


def absent(response: str, *, mark: str) -> Iterator[str]:
    """Replaces the mark by a softer one, then by a dash, then by nothing."""
    for change in _CHANGES:
        text = response
        for _ in range(4):  # the text on both sides may form the mark again
            text = re.sub(_pattern(mark), change, text)
        yield text


def _softly(match: re.Match[str]) -> str:
    """Gives a full stop for '!', a comma for ';', nothing for a comma and a space for a Chinese comma."""
    mark, text = match[0], match.string
    if mark in ("!", "?", "！", "？") and text[match.end() : match.end() + 1] in tuple("!?！？.。"):
        return ""
    if mark in ("，", "、"):
        return " " if mark == "，" else "和"
    return _INSTEAD.get(mark, "")


def _dashed(match: re.Match[str]) -> str:
    """Writes "one, two" as "one – two"; drops a comma inside a number."""
    mark, text = match[0], match.string
    if mark in ",;:" and text[match.end() : match.end() + 1] == " ":
        return " –"
    return "" if mark in ",，、" else _INSTEAD.get(mark, "").replace(",", "").replace("，", " ")


_CHANGES = (_softly, _dashed, lambda match: "")


def count(response: str, *, mark: str, relation: str, n: int) -> Iterator[str]:
    """Removes surplus marks, the last or the first ones; adds missing ones."""
    surplus, lacking = excess(list(re.finditer(_pattern(mark), response)), relation, n)
    for chosen in surplus:
        for change in _CHANGES:
            yield splice(response, ((*match.span(), change(match)) for match in chosen))
    if lacking:
        yield from _add_marks(response, mark, lacking)


def _add_marks(response: str, mark: str, lacking: int) -> Iterator[str]:
    """Ends sentences of prose with the mark, joins them by it, or adds sentences that contain it."""
    phrases = phrases_for(response)
    if mark in ("!", "！", "..."):  # the last sentences of prose end in the mark
        ends = [span.end for span in spans(response) if span.prose and response[span.end - 1 : span.end] in (".", "。")]
        points = [(end - 1, end) for end in ends if response[end - 2 : end - 1] not in (".", "")]
        for chosen in (points[-lacking:], points[-lacking - 1 : -1], points[:lacking]):
            if len(chosen) == lacking:
                yield replace(response, chosen, mark)
    stops = [stop for stop in full_stops(response) if stop[1] - stop[0] <= 1][::2] if mark == ";" else []
    if 0 < lacking <= len(stops):
        for chosen in (stops[:lacking], stops[-lacking:]):
            yield join_sentences(response, chosen, phrases)
    western = {"！": "!", "？": "?", "；": ";", "：": ":", "，": ","}.get(mark, mark)
    sentences = {"?": phrases.question, "!": phrases.exclamation}.get(western) or phrases.marks.get(western, ())
    bank = [sentence for sentence in sentences if sentence not in response]
    yield from insert_some(response, bank, lacking, phrases)
    for one in bank[-1:]:
        yield from insert(response, one, phrases)


def starts(response: str, *, mark: str) -> Iterator[str]:
    """Puts the first sentence in quotes for a quotation mark; puts any other mark before the text."""
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
    """Changes the final mark; adds a question for a question mark."""
    body, phrases = response.rstrip(), phrases_for(response)
    if mark in ("?", "？"):
        for question in phrases.question[:2]:
            ending = question[:-1].rstrip() + mark if phrases.language != "fr" else question
            if "```" in body[-4:]:
                break
            gap = phrases.space if body[-1:] in tuple('.!?。！？"”»*_)') else "\n\n"
            yield f"{body}{gap}{ending}"
            yield f"{body}\n\n{ending}"
    bare = body.rstrip(".!?。！？…,;:，；：")
    yield f"{bare}{mark}" if bare else f"{body}{mark}"
    yield f"{body}{mark}"
    yield f"{body}\n\n{phrases.remark[1][:-1]}{mark}"


def _pattern(mark: str) -> str:
    return "|".join(map(re.escape, forms(mark)))
