"""Splits a text into sentences.

A sentence ends at . ! ? … or their full-width, Arabic and Indic forms, together with the closing quotes, brackets and
emphasis that follow. A Western mark needs white space or the end of the text behind it. A sentence does not end

* after an abbreviation: never after "Dr." or "e.g.", not before a lower-case letter or a digit after "etc." or "p.m.",
* after an initial ("J. R. Tolkien"), inside a number, after a list number or a German ordinal ("am 3. Mai"),
* after "…" or a closing quote that a lower-case letter follows ("Stop!" he said).

A blank line, a heading, a line in bold, a list item and a table row also end a sentence, with or without a mark; other line
breaks do not. A piece without a letter or digit joins the sentence before it. Fenced code is left out.
"""

from __future__ import annotations

import re

from spar_data.constraints.text.markdown import is_item, outside_fences, undecorated
from spar_data.constraints.text.words import SPACELESS
from spar_data.core.assets import asset
from spar_data.core.config import read_toml

_CLOSERS = "\"'”’»」』）)\\]*_"
_END = re.compile(rf"([.!?…。！？｡؟।॥۔]+)([{_CLOSERS}]*)")
_NEEDS_NO_SPACE = frozenset("。！？｡।॥")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]|\*\*[^*]+\*\*:?$|\|")
_NUMBERING = re.compile(r"\A\d{1,9}[.)、．）]\s*")
_DOTTED = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.[ \u00a0]?)*[^\W\d_]$")
_NUMBERS_AN_ITEM = re.compile(r"(?:\A|[.!?…:][\"'”’»)*_]*\s)[*_(]*\d+$")
_LAST_WORD = re.compile(r"[^\W_]+$")

_WORDS: dict[str, list[str]] = {name: text.split() for name, text in read_toml(asset("abbreviations.toml")).items()}
_DETERMINERS, _NOUNS = ("|".join(_WORDS[name]) for name in ("german_determiners", "german_nouns"))
GERMAN_ORDINAL = re.compile(
    rf"(?:(?<![^\W_])(?i:{_DETERMINERS})[ ]|(?<=[\w,;][ ])(?=\d{{1,3}}\.\s+(?:[a-zäöüß]|(?:{_NOUNS})\b)))"
    r"\d{1,3}\.(?=\s+[^\W\d_])"
)
"""A German ordinal such as "der 1. Platz" or "wurde 3. im Rennen": not at the start of a line, and before a word."""


def sentences(text: str) -> list[str]:
    """Returns the sentences of a text in order, without list numbering, heading signs and white space around them."""
    return [sentence for block in _blocks(text) for sentence in _split(block)]


def _blocks(text: str) -> list[str]:
    """Splits a text where line breaks end a sentence; the other line breaks become spaces."""
    blocks: list[list[str]] = [[]]
    for line in outside_fences(text):
        if is_item(line) or _HEADING.match(line.strip()):
            blocks += [[_NUMBERING.sub("", undecorated(line))], []]
        elif line.strip():
            blocks[-1].append(line.strip().lstrip("> "))
        else:
            blocks.append([])
    return [" ".join(block) for block in blocks if block]


def _split(block: str) -> list[str]:
    ordinals = {m.end() for m in GERMAN_ORDINAL.finditer(block)}
    spans: list[tuple[int, int]] = []
    start = 0
    for end in [m.end() for m in _END.finditer(block) if _ends(block, m, ordinals)] + [len(block)]:
        if any(c.isalnum() for c in block[start:end]):
            spans.append((start, end))
        elif spans:
            spans[-1] = (spans[-1][0], end)
        start = end
    return [block[start:end].strip() for start, end in spans]


def _ends(block: str, mark: re.Match[str], ordinals: set[int]) -> bool:
    """Whether a sentence ends at this mark."""
    after = block[mark.end() : mark.end() + 20]
    if not after:
        return True
    spaceless = bool(re.match(f"[{SPACELESS}]", after))
    if not after[0].isspace():
        return mark[1][-1] in _NEEDS_NO_SPACE or (mark[1][-1] in "!?…" and spaceless)
    following = after.lstrip().lstrip("*_\"'“‘«„(")
    goes_on = following[:1].islower()
    if goes_on and (mark[1][-1] == "…" or mark[1].endswith("...") or set(mark[2]) & set("\"'”’»)")):
        return False
    if mark[1] != "." or mark[2].strip("*_"):
        return True
    if mark.end() in ordinals:
        return False
    return not _is_abbreviation(block[max(0, mark.start() - 30) : mark.start()], following)


def _is_abbreviation(before: str, following: str) -> bool:
    """Whether the point after `before` belongs to an abbreviation, an initial or an ordinal number."""
    goes_on = following[:1].islower() or following[:1].isdigit()
    if dotted := _DOTTED.search(before):
        short = dotted[0].replace(" ", "").replace("\u00a0", "")
        if short.lower() in _WORDS["before_lower_case"]:
            return goes_on
        if len(short) > 1 or (short.isupper() and short != "I"):
            return True
        if re.match(r"[^\W\d_]\.", following):  # the first half of "z. B."
            return True
    last = _LAST_WORD.search(before)
    word = last[0].lower() if last else ""
    if word.isdigit():
        return bool(_NUMBERS_AN_ITEM.search(before)) or following[:1].islower()
    if word in _WORDS["before_numbers"]:
        return following[:1].isdigit()
    return word in _WORDS["always"] or (word in _WORDS["before_lower_case"] and goes_on)
