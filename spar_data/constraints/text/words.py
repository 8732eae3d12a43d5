"""Splits text into words and paragraphs and normalises it for comparison.

A *word* is a run of letters, digits and combining marks; an apostrophe or hyphen between two of them belongs to the
word ("don't", "well-known"), and so does a point or comma between digits ("3.14", "1,000"). In a script without spaces
between words (Chinese, Japanese kana, Thai, Lao, Khmer, Burmese) every character counts as one word, together with its
combining marks. Korean has spaces and is counted like English.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import groupby

from spar_data.core.assets import asset
from spar_data.core.config import read_toml

SPACELESS: str = read_toml(asset("scripts.toml"))["spaceless"]
_SPACELESS = re.compile(f"[{SPACELESS}]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_STRAIGHT = str.maketrans({**dict.fromkeys("“”„‟«»＂", '"'), **dict.fromkeys("‘’‚‛", "'")})
_EMPHASIS = re.compile(r"\*+(?=\S)|(?<=\S)\*+|(?<!\w)_+(?=\S)|(?<=[^\s_])_+(?!\w)")


@cache
def _marks() -> str:
    """The inside of a character class of all combining marks and invisible joiners.

    `\\w` leaves them out, which would cut Hindi and decomposed accents into pieces.
    """
    is_mark = groupby(map(chr, range(0x300, 0x20000)), key=lambda c: unicodedata.category(c).startswith("M"))
    runs = [list(run) for mark, run in is_mark if mark]
    return "\u00ad\u200c\u200d" + "".join(f"{run[0]}-{run[-1]}" for run in runs)


@cache
def _word() -> re.Pattern[str]:
    letters = rf"(?:(?![{SPACELESS}])[^\W_][{_marks()}]*)+"
    return re.compile(rf"(?![^{SPACELESS}])[^\W_][{_marks()}]*|{letters}(?:(?:['’\-‐‑]|(?<=\d)[.,](?=\d)){letters})*")


def words(text: str) -> list[str]:
    """Returns the words of a text in order; the module says what a word is."""
    return _word().findall(text)


def word_spans(text: str) -> list[tuple[int, int]]:
    """Returns start and end of each word."""
    return [match.span() for match in _word().finditer(text)]


def paragraphs(text: str) -> list[str]:
    """Returns the blocks of a text that blank lines separate."""
    blocks = groupby(text.splitlines(), key=lambda line: bool(line.strip()))
    return ["\n".join(block).strip() for has_text, block in blocks if has_text]


def lines(text: str) -> list[str]:
    """Returns the lines that are not blank, stripped."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def straight(text: str) -> str:
    """Replaces curly, low and angle quotes by straight ones, one character by one: positions stay."""
    return text.translate(_STRAIGHT)


def plain(text: str) -> str:
    """Normalises a text to what a reader sees: straight quotes, single spaces, no Markdown emphasis."""
    return " ".join(_EMPHASIS.sub("", straight(unicodedata.normalize("NFC", text))).split())


def fold(text: str) -> str:
    """Folds case for comparison, in every script: 'STRASSE' equals 'Straße', 'İ' equals 'i'."""
    folded = unicodedata.normalize("NFC", straight(text).casefold())
    return folded.replace("i̇", "i").replace("ı", "i")  # the dotted and dotless i of Turkish have no other folding


def occurrences(phrase: str, text: str) -> list[int]:
    """Finds `phrase` in `text` as whole words and returns the start of each occurrence, as `occurrence_spans` does."""
    return [start for start, _ in occurrence_spans(phrase, text)]


def occurrence_spans(phrase: str, text: str) -> list[tuple[int, int]]:
    """Finds `phrase` in `text` as whole words and returns start and end of each occurrence; they do not overlap.

    White space in the phrase matches any white space. A hyphen or apostrophe is a word boundary ("l'école" has the word
    "école"). A phrase with characters of a script without spaces is found anywhere. A Korean phrase only has to begin
    where a word begins, since particles are attached to its end. The comparison is exact: fold both texts to ignore case.
    """
    pattern = re.compile(r"\s+".join(map(re.escape, phrase.split())))
    anywhere = bool(_SPACELESS.search(phrase))
    korean = bool(_HANGUL.match(phrase.strip()[-1:]))
    spans: list[tuple[int, int]] = []
    at = 0
    while phrase.strip() and (hit := pattern.search(text, at)):
        start, end = hit.span()
        joined = _joined(text[max(0, start - 1) : start], text[start])
        joined = joined or (not korean and _joined(text[end - 1], text[end : end + 1]))
        if anywhere or not joined:
            spans.append((start, end))
        at = start + 1 if joined and not anywhere else end
    return spans


def _joined(before: str, after: str) -> bool:
    """Whether two characters belong to one word of a script with spaces; "" is the edge of the text."""
    return all(c.isalnum() or unicodedata.category(c).startswith("M") for c in (before or " ", after or " ")) and not (
        _SPACELESS.match(before) or _SPACELESS.match(after)
    )
