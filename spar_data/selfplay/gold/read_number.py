"""The number that a reply answers with."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import NamedTuple

from spar_data.models import Unparsed
from spar_data.selfplay.gold.answer_marks import Mark, first_problem, number_marks


class _Found(NamedTuple):
    start: int
    end: int
    value: Fraction


_FIXED = "\u202f"  # stands for every space of a fixed width
_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), _FIXED)
_LATEX = (
    (re.compile(r"(?<=\d)\s?(?=\\[dt]?frac)"), " "),  # a mixed number
    (re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}"), r"\1/\2 "),
    (re.compile(r"\\[dt]?frac\s*(\d)\s*(\d)"), r"\1/\2 "),
    (re.compile(r"\\(?:text|mathrm|textbf|mathbf|mbox|operatorname)\s*\{([^{}]*)\}"), r" \1 "),
    (re.compile(r"(?<=\d)(?:\{,\}|\\[,!]|\\ )(?=\d{3})"), ","),
    (re.compile(r"\^\s*\{?\\circ\}?|\\[,!;: ]"), " "),
    (re.compile(r"\\(?:times|cdot)(?![a-zA-Z])"), " × "),
    (re.compile(r"\\div(?![a-zA-Z])"), " ÷ "),
    (re.compile(r"\^\s*\{\s*(-?\d+)\s*\}"), r"^\1"),
    (re.compile(r"(?<=\d)\*\*(?=\d)"), "^"),
    (re.compile(r"\\(?=[$%])|\\[()\[\]]"), " "),
)
_PLAIN = rf"\d{{1,3}}(?:[,{_FIXED}]\d{{3}})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+"
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9_.^])(?P<sign>[-−–])?(?P<money>[$€£¥][ ]?)?(?P<inner>[-−])?"
    rf"(?:(?P<whole>\d{{1,6}})[ ](?P<num>\d{{1,4}})/(?P<den>\d{{1,4}})(?![\d/.])"
    rf"|(?P<top>{_PLAIN})(?:/(?P<bottom>\d+(?:\.\d+)?)(?![\d/]))?)"
    rf"(?:[eE](?P<exp>[-+]?\d{{1,2}})(?![A-Za-z\d])|\^(?P<power>\d)(?!\d)|[ ]?[×x*][ ]?10\^(?P<ten>-?\d{{1,2}}))?"
    rf"(?:[ ](?P<scale>hundred|thousand|million|billion|trillion)\b)?",
    re.IGNORECASE,
)
_SCALES = {"": 1, "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_OPERATOR = re.compile(
    r"[ \t]*(?:[^\W\d_]+[ \t]*)?%?[ \t]*[)\]]?[ \t]*(=|[-+*/×÷−–]|(?<![^\W\d_])[xX](?![^\W\d_]))[ \t]*[(\[]?[ \t]*"
)
_TORN = re.compile(r"[.,:'’]\d|[ ]\d{3}(?!\d)|[kKMB](?![A-Za-z])|[²³⁴-⁹]")  # 1.000.000, 5:30, 1 000, 18k, 3²
_MOST_DIGITS = 40  # longer ones are noise, and slow


def number_of(reply: str) -> Fraction | Unparsed:
    """See spar_data.selfplay.gold.answers for where it stands.

    Units, currency signs and a percent sign are left out: "$18", "18 dollars" and "18%" are 18. Thousands separators (commas,
    or spaces of a fixed width), decimals, fractions (mixed ones and LaTeX's too), powers, "million" and the like are
    understood; of "3 + 4 = 7" the 7 counts. Number words are not: "twelve" is no number.
    """
    text = _plain(first_problem(reply))
    for mark in reversed(number_marks(text)):
        found = _named(text, mark)
        if found is not None:
            return found
    numbers = _chained(text, _numbers(text))
    return _read(text, numbers[-1]) if numbers else Unparsed("no number in the reply")


def only_number(text: str) -> Fraction | Unparsed:
    """The number of a text that holds nothing but one."""
    numbers = _numbers(_plain(text.strip()))
    if len(numbers) != 1 or numbers[0].end - numbers[0].start != len(text.strip()):
        return Unparsed("no single number")
    return numbers[0].value


def _plain(text: str) -> str:
    """Without LaTeX and typographic variants that mean the same."""
    text = text.translate(_SPACES)
    for vulgar in set(re.findall(r"[¼½¾⅐-⅞]", text)):
        value = unicodedata.normalize("NFKC", vulgar).replace("\u2044", "/")
        text = re.sub(rf"(?<=\d)\s?{vulgar}", f" {value}", text).replace(vulgar, value)
    for pattern, instead in _LATEX:
        text = pattern.sub(instead, text)
    return text


def _named(text: str, mark: Mark) -> Fraction | Unparsed | None:
    """The number that a mark names; None if it names nothing: a negation, the form itself, the end of the reply."""
    said = text[mark.end : mark.stop]
    if mark.boxed:
        numbers = _chained(said, _numbers(said))
        if len(numbers) == 1:
            return _read(said, numbers[0])
        return Unparsed("more than one number in the box" if numbers else "no number in the box")
    if re.match(r"[\s*_:<\[(]*(?:not\b|NUMBER\b)", said):
        return None
    lines = [line for line in said.split("\n") if line.strip(" \t*_$#:.")]
    if not lines:
        return None
    for line in lines[:2]:
        numbers = _chained(line, _numbers(line))
        if numbers:
            first = numbers[0]
            before = re.findall(r"[^\W\d_]{2,}", line[: first.start])
            if mark.colon and (len(before) > 1 or _numbers(re.sub(r"\([^()]*\)", "", line[first.end :]))):
                break  # "Answer: She sells 9 eggs. 9 * 2 = 18": the explanation, not the answer
            if len(before) > 2:
                return _read(line, numbers[-1])
            if len(numbers) > 1 and _joined(line, first, numbers[1]):
                return Unparsed("the answer is named as a sum or a range, not as a number")
            return _read(line, first)
    numbers = _chained(said, _numbers(said))
    return _read(said, numbers[-1]) if numbers else Unparsed("the answer is named, but not as a number")


def _read(text: str, number: _Found) -> Fraction | Unparsed:
    """The number, unless it is but a part of something in another notation: 1.000.000 is not 1."""
    before = text[max(0, number.start - 2) : number.start]
    if _TORN.match(text, number.end) or re.fullmatch(r"\d[,:'’]", before):
        return Unparsed("a number in a notation that is not read")
    return number.value


def _numbers(text: str) -> list[_Found]:
    found = []
    for m in _NUMBER.finditer(text):
        if m.end() - m.start() > _MOST_DIGITS or not int(m["den"] or 1) or not float(m["bottom"] or 1):
            continue
        if m["whole"]:
            value = int(m["whole"]) + Fraction(int(m["num"]), int(m["den"]))
        else:
            value = Fraction(re.sub(rf"[,{_FIXED}]", "", m["top"])) / Fraction(m["bottom"] or 1)
        value **= int(m["power"] or 1)
        value *= Fraction(10) ** int(m["exp"] or m["ten"] or 0) * _SCALES[(m["scale"] or "").lower()]
        # a minus sign, not the dash of "9 -4"
        minus = m["inner"] or (m["sign"] and not re.search(r"[)\]%\d][ \t]*$", text[max(0, m.start() - 9) : m.start()]))
        found.append(_Found(m.start(), m.end(), -value if minus else value))
    return found


def _chained(text: str, numbers: list[_Found]) -> list[_Found]:
    """Numbers joined by operators and an equals sign are one, the last: "3 + 4 = 7" is 7."""
    kept: list[_Found] = []
    at = 0
    while at < len(numbers):
        end, equal = at, None
        while end + 1 < len(numbers):
            operator = _joined(text, numbers[end], numbers[end + 1])
            if not operator:
                break
            end += 1
            if operator == "=":
                equal = end
        if equal is not None:
            kept.append(_Found(numbers[at].start, numbers[equal].end, numbers[equal].value))
            at = equal + 1
        kept += numbers[at : end + 1]
        at = end + 1
    return kept


def _joined(text: str, one: _Found, other: _Found) -> str:
    """The operator between two numbers, "" if there is none."""
    between = text[one.end : other.start]
    operator = _OPERATOR.fullmatch(between)
    if operator:
        return operator[1]
    return "-" if not between.strip() and text[other.start] in "-−–" else ""
