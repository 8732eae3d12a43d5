"""Words, paragraphs and the folding of text, shared by the checkers.

A *word* is a run of letters, digits and combining marks; an apostrophe or hyphen between two of them belongs to the
word ("don't", "well-known"), and so does a point or comma between digits ("3.14", "1,000"). In a script that writes no
spaces between words (Chinese, Japanese kana, Thai, Lao, Khmer, Burmese) every character counts as one word, together
with the marks on it. Korean writes spaces and is counted like English.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

SPACELESS = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59\u0e81-\u0edf\u1000-\u109f\u1780-\u17b3\u17e0-\u17e9"
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff66-\uff9d\U00020000-\U000323af"
)
_SPACELESS = re.compile(f"[{SPACELESS}]")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
_STRAIGHT = str.maketrans({**dict.fromkeys("“”„‟«»＂", '"'), **dict.fromkeys("‘’‚‛", "'")})
_EMPHASIS = re.compile(r"\*+(?=\S)|(?<=\S)\*+|(?<!\w)_+(?=\S)|(?<=[^\s_])_+(?!\w)")


@cache
def _marks() -> str:
    """The inside of a character class of all combining marks and invisible joiners: `\\w` leaves them out, which would
    cut Hindi and decomposed accents into pieces."""
    marks = [c for c in range(0x300, 0x20000) if unicodedata.category(chr(c)).startswith("M")]
    ranges: list[tuple[int, int]] = []
    for c in marks:
        if ranges and ranges[-1][1] == c - 1:
            ranges[-1] = (ranges[-1][0], c)
        else:
            ranges.append((c, c))
    return "\u00ad\u200c\u200d" + "".join(f"{chr(a)}-{chr(b)}" for a, b in ranges)


@cache
def _word() -> re.Pattern[str]:
    letters = rf"(?:(?![{SPACELESS}])[^\W_][{_marks()}]*)+"
    return re.compile(rf"(?![^{SPACELESS}])[^\W_][{_marks()}]*|{letters}(?:(?:['’\-‐‑]|(?<=\d)[.,](?=\d)){letters})*")


def words(text: str) -> list[str]:
    """The words of a text (see the module), in order."""
    return _word().findall(text)


def paragraphs(text: str) -> list[str]:
    """Blocks of text separated by lines that are blank."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(block).strip() for block in blocks if block]


def lines(text: str) -> list[str]:
    """The lines that are not blank, without the white space around them."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def straight(text: str) -> str:
    """Curly, low and angle quotes as straight ones, character by character: lengths and positions stay."""
    return text.translate(_STRAIGHT)


def plain(text: str) -> str:
    """A text as a reader takes it in: quotes straight, runs of white space as one space, no Markdown emphasis."""
    return " ".join(_EMPHASIS.sub("", straight(unicodedata.normalize("NFC", text))).split())


def fold(text: str) -> str:
    """A text for comparison regardless of case, in every script: 'STRASSE' and 'Straße', 'İ' and 'i' are the same."""
    folded = unicodedata.normalize("NFC", straight(text).casefold())
    return folded.replace("i̇", "i").replace("ı", "i")  # the dotted and dotless i of Turkish have no other folding


def occurrences(phrase: str, text: str) -> list[int]:
    """Where `phrase` stands in `text` as whole words, without overlaps; white space in it matches any white space.

    A hyphen or apostrophe beside it is a boundary ("l'école" has the word "école"). A phrase with characters of a
    script without spaces is found anywhere; a Korean phrase only has to begin where a word begins, since particles are
    written on to its end. Both texts are compared as they are: fold them to ignore case.
    """
    pattern = re.compile(r"\s+".join(map(re.escape, phrase.split())))
    anywhere = bool(_SPACELESS.search(phrase))
    korean = bool(_HANGUL.match(phrase.strip()[-1:]))
    found: list[int] = []
    at = 0
    while phrase.strip() and (hit := pattern.search(text, at)):
        start, end = hit.span()
        joined = _joined(text[max(0, start - 1) : start], text[start])
        joined = joined or (not korean and _joined(text[end - 1], text[end : end + 1]))
        if anywhere or not joined:
            found.append(start)
        at = start + 1 if joined and not anywhere else end
    return found


def _joined(left: str, right: str) -> bool:
    """Whether a word of a script with spaces goes on from one character to the next; "" is the edge of the text."""
    return all(c.isalnum() or unicodedata.category(c).startswith("M") for c in (left or " ", right or " ")) and not (
        _SPACELESS.match(left) or _SPACELESS.match(right)
    )
