"""Reads the number that a reply answers with."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import NamedTuple

from spar_data.models import Unparsed
from spar_data.selfplay.gold.answer_marks import Mark, first_problem, number_marks


class _NumberAt(NamedTuple):
    """A number and its place in a text."""

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
_MOST_CHARACTERS = 40  # longer numbers are noise, and slow to read


def number_of(reply: str) -> Fraction | Unparsed:
    """The number that a reply answers with; `answers` describes where it stands.

    Units, currency signs and a percent sign are ignored: "$18", "18 dollars" and "18%" are 18. Thousands separators (commas, or
    spaces of a fixed width), decimals, fractions (mixed ones and LaTeX's too), powers, "million" and the like are
    understood; of "3 + 4 = 7" the 7 counts. Number words are not read: "twelve" is no number.
    """
    text = _plain(first_problem(reply))
    for mark in reversed(number_marks(text)):
        number = _read_marked(text, mark)
        if number is not None:
            return number
    numbers = _chained(text, _numbers(text))
    return _read(text, numbers[-1]) if numbers else Unparsed("no number in the reply")


def only_number(text: str) -> Fraction | Unparsed:
    """The number of a text that holds nothing else."""
    numbers = _numbers(_plain(text.strip()))
    if len(numbers) != 1 or numbers[0].end - numbers[0].start != len(text.strip()):
        return Unparsed("no single number")
    return numbers[0].value


def _plain(text: str) -> str:
    """The text with LaTeX and typographic variants replaced by plain characters."""
    text = text.translate(_SPACES)
    for vulgar in set(re.findall(r"[¼½¾⅐-⅞]", text)):
        value = unicodedata.normalize("NFKC", vulgar).replace("\u2044", "/")
        text = re.sub(rf"(?<=\d)\s?{vulgar}", f" {value}", text).replace(vulgar, value)
    for pattern, instead in _LATEX:
        text = pattern.sub(instead, text)
    return text


def _read_marked(text: str, mark: Mark) -> Fraction | Unparsed | None:
    """The number that a mark names; None if it names nothing: a negation, the form itself, the end of the reply."""
    answer = text[mark.end : mark.stop]
    if mark.boxed:
        numbers = _chained(answer, _numbers(answer))
        if len(numbers) == 1:
            return _read(answer, numbers[0])
        return Unparsed("more than one number in the box" if numbers else "no number in the box")
    if re.match(r"[\s*_:<\[(]*(?:not\b|NUMBER\b)", answer):
        return None
    lines = [line for line in answer.split("\n") if line.strip(" \t*_$#:.")]
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
    numbers = _chained(answer, _numbers(answer))
    return _read(answer, numbers[-1]) if numbers else Unparsed("the answer is named, but not as a number")


def _read(text: str, number: _NumberAt) -> Fraction | Unparsed:
    """The number, unless it is only a part of something in another notation: 1.000.000 is not 1."""
    before = text[max(0, number.start - 2) : number.start]
    if _TORN.match(text, number.end) or re.fullmatch(r"\d[,:'’]", before):
        return Unparsed("a number in a notation that is not read")
    return number.value


def _numbers(text: str) -> list[_NumberAt]:
    numbers = []
    for m in _NUMBER.finditer(text):
        if m.end() - m.start() > _MOST_CHARACTERS or not int(m["den"] or 1) or not float(m["bottom"] or 1):
            continue
        if m["whole"]:
            value = int(m["whole"]) + Fraction(int(m["num"]), int(m["den"]))
        else:
            value = Fraction(re.sub(rf"[,{_FIXED}]", "", m["top"])) / Fraction(m["bottom"] or 1)
        value **= int(m["power"] or 1)
        value *= Fraction(10) ** int(m["exp"] or m["ten"] or 0) * _SCALES[(m["scale"] or "").lower()]
        # a minus sign, not the dash of "9 -4"
        minus = m["inner"] or (m["sign"] and not re.search(r"[)\]%\d][ \t]*$", text[max(0, m.start() - 9) : m.start()]))
        numbers.append(_NumberAt(m.start(), m.end(), -value if minus else value))
    return numbers


def _chained(text: str, numbers: list[_NumberAt]) -> list[_NumberAt]:
    """The numbers, with those that operators and an equals sign join as one, the last: "3 + 4 = 7" is 7."""
    merged: list[_NumberAt] = []
    start = 0
    while start < len(numbers):
        end, equal = start, None
        while end + 1 < len(numbers):
            operator = _joined(text, numbers[end], numbers[end + 1])
            if not operator:
                break
            end += 1
            if operator == "=":
                equal = end
        if equal is not None:
            merged.append(_NumberAt(numbers[start].start, numbers[equal].end, numbers[equal].value))
            start = equal + 1
        merged += numbers[start : end + 1]
        start = end + 1
    return merged


def _joined(text: str, one: _NumberAt, other: _NumberAt) -> str:
    """The operator between two numbers, "" if there is none."""
    between = text[one.end : other.start]
    operator = _OPERATOR.fullmatch(between)
    if operator:
        return operator[1]
    return "-" if not between.strip() and text[other.start] in "-−–" else ""
