"""Numbers written in digits: whole numbers, decimal parts, powers of ten, ordinals.

The form of a number often tells which sign separates thousands and which begins the decimal part (1,234.5 and 1.234,5;
1.234.567; 3,14). Otherwise the language of the response decides: '1.234' is whole in a German text and has a decimal part
in an English one, '1,234' the other way round. A chain such as 1.2.3 (a version, a date) is not a number. The numbers of
list items and headings are ignored.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from spar_data.constraints.text.language_of import detect
from spar_data.constraints.text.sentences import GERMAN_ORDINAL
from spar_data.constraints.verdict import Verdict, counted, judge

_NUMBERING = re.compile(
    r"^[ \t>*_•+-]*(?:#{1,6}[ \t]+(?:\d{1,9}\.)*\d{1,9}[.):]?|\d{1,9}[.)、）][*_]*)(?=\s)", re.MULTILINE
)
_START = r"(?<![A-Za-z_\d])(?<!\d[.,])"  # a Chinese character may stand right before a number
_CHAIN = re.compile(_START + r"(?:\d+(?:[.,'’\u00a0\u2009\u202f]\d+)*|\.\d+)")
_GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,'’\u00a0\u2009\u202f])\d{3})(?:\1\d{3})*")
_DECIMAL_COMMA = "bg cs da de el es fi fr hu id it nl no pl pt ro ru sr sv tr uk vi"  # languages that write 3,14
_SCIENTIFIC = re.compile(
    _START + r"[-+−]?\d+(?:[.,]\d+)?"
    r"(?:[eE][-+−]?\d+(?!\w)"
    r"|[ \u00a0]?(?:[×xX·⋅*]|\\times|\\cdot)[ \u00a0]?10(?:\^[{(]?[-+−]?\d+|[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))"
)
_ORDINAL = re.compile(
    r"(?<![^\W_])(?:(?:\d*(?<!1)(?:1st|2nd|3rd)|\d*(?:1[1-3]|[04-9])th)"  # English
    r"|\d+\.?[ºª](?!\s?[CFK]\b)"  # Spanish, Italian, Portuguese
    r"|1(?:ère|ere|re)|\d+\.?er|\d+(?:e|ème|ste|de)s?)(?![^\W_])"  # French, Spanish, Dutch
    r"|第[ ]?\d+",  # Chinese, Japanese
    re.IGNORECASE,
)


class _Number(NamedTuple):
    text: str
    places: int  # digits of the decimal part; 0 for a whole number


def integers(response: str, *, n: int) -> Verdict:
    """At least n whole numbers in digits, and no number with a decimal part."""
    numbers = numbers_in(response)
    for number in numbers:
        if number.places:
            return Verdict(False, f"{number.text} has a decimal part, whole numbers asked")
    return judge(len(numbers), "whole number", "at least", n)


def decimals(response: str, *, places: int) -> Verdict:
    """At least one number has a decimal part, and every decimal part has exactly `places` digits."""
    numbers = [number for number in numbers_in(response) if number.places]
    for number in numbers:
        if number.places != places:
            return Verdict(False, f"{number.text} has {counted(number.places, 'decimal place')}, {places} asked")
    reason = f"{counted(len(numbers), 'number')} with {counted(places, 'decimal place')}"
    return Verdict(bool(numbers), reason if numbers else "no number with a decimal part")


def scientific(response: str, *, n: int) -> Verdict:
    """At least n numbers with a power of ten: 3.2e5, 3.2E-5, 3.2 × 10^5, 3.2 x 10⁵."""
    return judge(len(_SCIENTIFIC.findall(response)), "number in scientific notation", "at least", n)


def ordinals(response: str, *, n: int) -> Verdict:
    """At least n ordinals written with digits.

    Forms: 1st and 22nd (not 22th), 1.º and 2ª, 1er and 2e, Dutch 8ste, 第3, and German 1. if an article or preposition
    before it or the word behind it shows that no sentence ends there.
    """
    text = _NUMBERING.sub("", response)
    return judge(len(_ORDINAL.findall(text)) + len(GERMAN_ORDINAL.findall(text)), "ordinal", "at least", n)


def numbers_in(response: str) -> list[_Number]:
    """Returns the numbers of a text in order, with the length of their decimal parts."""
    text = _NUMBERING.sub("", response.replace("．", "."))
    chains = [m[0] for m in _CHAIN.finditer(text)]
    doubtful = any(len(_separators(chain)) == 1 and _GROUPED.fullmatch(chain) for chain in chains)
    comma = doubtful and detect(text) in _DECIMAL_COMMA.split()
    read = [_read(chain, comma) for chain in chains]
    return [number for number in read if number]


def _separators(chain: str) -> str:
    return "".join(c for c in chain if not c.isdecimal())


def _read(chain: str, comma: bool) -> _Number | None:
    """Reads a chain of digits and separators; None if it is not a number. comma: in doubt a comma begins the decimal part."""
    signs = _separators(chain)
    if not signs:
        return _Number(chain, 0)
    last = len(chain) - 1 - chain.rindex(signs[-1])
    if len(signs) == 1:
        whole = bool(_GROUPED.fullmatch(chain)) and signs != ("," if comma else ".")
        decimal = signs in ".," and not whole
        return _Number(chain, last) if decimal else _Number(chain, 0) if whole else None
    if _GROUPED.fullmatch(chain):
        return _Number(chain, 0)
    head = chain[: -last - 1]
    if signs[-1] in ".," and signs[-1] not in signs[:-1] and _GROUPED.fullmatch(head):
        return _Number(chain, last)
    return None
