"""Splits a text into sentences.

A sentence ends at . ! ? … or their full-width, Arabic and Indic forms, together with the closing quotes, brackets and
emphasis that follow; a Western mark needs white space or the end behind it. It does not end

* after an abbreviation: always for "Dr." or "e.g.", before a lower-case letter or a digit for "etc." or "p.m.",
* after an initial ("J. R. Tolkien"), inside a number, after a list number or a German ordinal ("am 3. Mai"),
* after "…" and after a closing quote if a lower-case letter follows ("Stop!" he said).

A blank line, a heading, a line in bold and a list item or table row end it too, with or without a mark; other line
breaks do not. What has no letter or digit joins the sentence before. Fenced code is left out.
"""

from __future__ import annotations

import re

from spar_data.constraints.text.markdown import is_item, outside_fences, undecorated
from spar_data.constraints.text.words import SPACELESS

_CLOSERS = "\"'”’»」』）)\\]*_"
_END = re.compile(rf"([.!?…。！？｡؟।॥۔]+)([{_CLOSERS}]*)")
_NEEDS_NO_SPACE = frozenset("。！？｡।॥")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]|\*\*[^*]+\*\*:?$|\|")
_NUMBERING = re.compile(r"\A\d{1,9}[.)、．）]\s*")
_DOTTED = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.[ \u00a0]?)*[^\W\d_]$")
_NUMBERS_AN_ITEM = re.compile(r"(?:\A|[.!?…:][\"'”’»)*_]*\s)[*_(]*\d+$")
_LAST_WORD = re.compile(r"[^\W_]+$")

_NEVER_LAST = frozenset(
    {
        "dr",
        "mr",
        "mrs",
        "ms",
        "mx",
        "prof",
        "st",
        "mt",
        "rev",
        "gen",
        "sen",
        "rep",
        "gov",
        "capt",
        "sgt",
        "col",
        "lt",
        "hon",
        "hr",
        "fr",
        "sr",
        "sra",
        "srta",
        "dra",
        "ing",
        "dipl",
        "sig",
        "dott",
        "vs",
        "cf",
        "viz",
        "approx",
        "bzw",
        "ca",
        "evtl",
        "ggf",
        "inkl",
        "sog",
        "vgl",
        "bspw",
        "bijv",
        "mio",
        "mrd",
        "tzn",
        "np",
        "ej",
        "örn",
    }
)
_LAST_BEFORE_A_CAPITAL = frozenset(
    {
        "etc",
        "usw",
        "inc",
        "ltd",
        "corp",
        "co",
        "jr",
        "al",
        "est",
        "min",
        "max",
        "str",
        "ff",
        "uvm",
        "enz",
        "itd",
        "itp",
        "ecc",
        "vb",
        "dept",
        "u.s",
        "u.k",
        "u.n",
        "e.u",
        "d.c",
        "a.m",
        "p.m",
        "b.c",
        "a.d",
        "ph.d",
        "u.v.m",
        "u.s.a",
    }
)
_BEFORE_NUMBERS = frozenset(
    {
        "no",
        "nos",
        "nr",
        "fig",
        "vol",
        "p",
        "pp",
        "art",
        "abs",
        "sec",
        "ch",
        "eq",
        "núm",
        "pág",
        "bd",
        "kap",
    }
)

_DETERMINERS = (
    r"der|die|das|dem|den|des|zum|zur|im|vom|beim|ins|bis|und|jede[rsmn]?|diese[rsmn]?|ein(?:e[rsmn]?)?|"
    r"(?:k?ein|mein|dein|sein|ihr|unser|eur?)(?:e[rsmn]?)?|(?<!I )am"
)
_NOUNS = (
    "Januar|Jänner|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|Jahrhunderts?|Mal|Platz|"
    "Rang|Klasse|Stock|Etage|Liga|Weltkriegs?|Geburtstag|Kapitel|Tag|Teil|Runde|Auflage"
)
GERMAN_ORDINAL = re.compile(
    rf"(?:(?<![^\W_])(?i:{_DETERMINERS})[ ]|(?<=[\w,;][ ])(?=\d{{1,3}}\.\s+(?:[a-zäöüß]|(?:{_NOUNS})\b)))"
    r"\d{1,3}\.(?=\s+[^\W\d_])"
)
"""A German ordinal such as "der 1. Platz" or "wurde 3. im Rennen": not at the start of a line, and a word follows."""


def sentences(text: str) -> list[str]:
    """The sentences of a text in order, each without list numbering, heading signs and white space around it."""
    return [sentence for block in _blocks(text) for sentence in _split(block)]


def _blocks(text: str) -> list[str]:
    """The stretches of text whose line breaks mean nothing."""
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
    """Whether the point after `before` belongs to a shortened word, an initial or a number that goes on."""
    goes_on = following[:1].islower() or following[:1].isdigit()
    if dotted := _DOTTED.search(before):
        short = dotted[0].replace(" ", "").replace("\u00a0", "")
        if short.lower() in _LAST_BEFORE_A_CAPITAL:
            return goes_on
        if len(short) > 1 or (short.isupper() and short != "I"):
            return True
        if re.match(r"[^\W\d_]\.", following):  # the first half of "z. B."
            return True
    last = _LAST_WORD.search(before)
    word = last[0].lower() if last else ""
    if word.isdigit():
        return bool(_NUMBERS_AN_ITEM.search(before)) or following[:1].islower()
    if word in _BEFORE_NUMBERS:
        return following[:1].isdigit()
    return word in _NEVER_LAST or (word in _LAST_BEFORE_A_CAPITAL and goes_on)
