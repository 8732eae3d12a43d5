"""custom:* of IFBench: one task each. `custom_tables` holds those that ask for a table."""

from __future__ import annotations

import re
from itertools import pairwise

from spar_data.constraints.ifbench.text import EDGES, ascii_only, bare, listed, official_words
from spar_data.constraints.text import nltk as nltk_text
from spar_data.constraints.verdict import Verdict, counted, explained, shortened

CAPITALS = official_words("capitals")
_QUESTION = re.compile(r"Question \d+[.|):;]?\s*")
_OPTION = re.compile(r"[A-Ea-e][.|)]\s*\w")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DAYS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_COUNTRIES = 52


def multiples(response: str) -> Verdict:
    """The numbers of the response are 14, 21, 28, 35, 42 and 49, in this order."""
    numbers, expected = re.findall(r"\d+", response), [str(n) for n in range(14, 51, 7)]
    return explained(numbers == expected, f"numbers {listed(numbers)}", f"; {listed(expected)} asked")


def mcq_count_length(response: str) -> Verdict:
    """Begins with "Question" and has 4 questions, each longer than the one before and with 5 options A to E.

    The official `re.split` at "Question 1" and so on is quadratic in line breaks before a question. White space around a
    question is stripped anyway, so the pattern here does not match it.
    """
    if not response.startswith("Question"):
        return Verdict(False, f"begins with '{shortened(response)}', not with 'Question'")
    questions = [part.strip() for part in _QUESTION.split(response) if part.strip()]
    if len(questions) != 4:
        return Verdict(False, f"{counted(len(questions), 'question')} numbered as in 'Question 1', exactly 4 asked")
    lengths = []
    for number, question in enumerate(questions, start=1):
        lines = [line.strip() for line in question.split("\n")]
        options = [at for at, line in enumerate(lines) if _OPTION.match(line)]
        if len(options) != 5:
            return Verdict(False, f"question {number} has {counted(len(options), 'option')} such as 'A) text', 5 asked")
        lengths.append(len(" ".join(lines[: options[0]]).strip()))
    for number, (before, length) in enumerate(pairwise(lengths), start=2):
        if length <= before:
            return Verdict(False, f"question {number} has {counted(length, 'character')} after {before}, more asked")
    return Verdict(True, "4 questions with 5 options, each longer than the one before")


def reverse_newline(response: str) -> Verdict:
    """From the first line with "Zimbabwe" on, there are 52 lines or more in reverse order of their ASCII letters."""
    lines = [bare_line for line in response.split("\n") if (bare_line := line.strip(EDGES))]
    start = next((at for at, line in enumerate(lines) if "Zimbabwe" in line), None)
    if start is None:
        return Verdict(False, "no line has 'Zimbabwe'")
    countries = lines[start:]
    if len(countries) < _COUNTRIES:
        return Verdict(False, f"{counted(len(countries), 'line')} from Zimbabwe on, at least {_COUNTRIES} asked")
    for one, other in pairwise(countries):
        if ascii_only(one) < ascii_only(other):
            return Verdict(False, f"'{shortened(other)}' stands below '{shortened(one)}', above it asked")
    return Verdict(True, f"{counted(len(countries), 'line')} in reverse order")


def word_reverse(response: str) -> Verdict:
    """The words in reverse, without punctuation, contain "bald eagle".

    Official code also checks that they are one sentence, which a text without marks always is.
    """
    passed = "bald eagle" in " ".join(bare(response.lower()).split()[::-1])
    return Verdict(passed, f"{'has' if passed else 'is without'} 'bald eagle' when read from its last word on")


def character_reverse(response: str) -> Verdict:
    """Contains "elgae dlab", in any case."""
    passed = "elgae dlab" in response.lower()
    return Verdict(passed, f"{'has' if passed else 'is without'} 'elgae dlab'")


def sentence_alphabet(response: str) -> Verdict:
    """26 sentences (NLTK's) begin with the letters A to Z; a quote or bracket before the letter fails."""
    sentences = nltk_text.sentences(response)
    if len(sentences) != 26:
        return Verdict(False, f"{counted(len(sentences), 'sentence')}, exactly 26 asked")
    for sentence, letter in zip(sentences, "abcdefghijklmnopqrstuvwxyz", strict=True):
        if sentence.lstrip()[:1].lower()[:1] != letter:
            return Verdict(False, f"'{shortened(sentence)}' stands where '{letter.upper()}' is asked")
    return Verdict(True, "26 sentences from A to Z")


def european_capitals_sort(response: str) -> Verdict:
    """The 27 cities of the official list, in its order, separated by commas; accents are optional."""
    cities = [city.strip() for city in ascii_only(response).split(",") if city.strip()]
    for city, expected in zip(cities, CAPITALS, strict=False):
        if city != expected:
            return Verdict(False, f"'{shortened(city)}' stands where {expected} is asked")
    return Verdict(len(cities) == len(CAPITALS), f"{counted(len(cities), 'item')}, the {len(CAPITALS)} capitals asked")


def date_format_list(response: str) -> Verdict:
    """Dates from 1769 to 1821, separated by commas. The battles are not checked; month and day may be 0."""
    dates = [date.strip() for date in response.split(",")]
    for date in dates:
        parts = _DATE.fullmatch(date)
        if not parts:
            return Verdict(False, f"'{shortened(date)}' is not a date such as 1805-12-02")
        year, month, day = map(int, parts.groups())
        if not 1769 <= year <= 1821 or month > 12 or (month and day > _DAYS[month]):
            return Verdict(False, f"{date} is not a date from 1769 to 1821")
    return Verdict(True, f"{counted(len(dates), 'date')}")
