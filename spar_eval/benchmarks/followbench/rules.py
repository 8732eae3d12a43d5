"""The rows that FollowBench scores by rules: which they are, and the rules.

`official` gives the verdicts of the repository's code, defects included; `fixed` does what the instruction asks for where
the two differ (docs/followbench.md lists each). Both share their rules; they differ in how a text is read and at the
places that say so.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable

from spar_eval.benchmarks.followbench.data import Row
from spar_eval.benchmarks.followbench.reading import Ruling, Text, count, read
from spar_eval.benchmarks.followbench.rules_format import format_22, format_30


def by_rules(row: Row) -> bool:
    """Whether a rule scores it, not the judge."""
    if row.category == "example":
        return True
    return row.source in _RULES or (row.category == "format" and row.example_id in (22, 30))


def check(row: Row, response: str, checker: str = "official") -> list[Ruling]:
    """checker: official or fixed. One ruling for each constraint of the row's level, where the rules look at them one by
    one, else one for all of them; all have to pass. Raises KeyError for a row that no rule scores."""
    fixed = checker == "fixed"
    text = read(response, fixed)
    if row.category == "example":
        return [_example(row, text)]
    if row.category == "format" and row.example_id in (22, 30):
        return (format_22 if row.example_id == 22 else format_30)(row, text)[: row.level]
    return _RULES[row.source](row, text)[: row.level]


def _same(row: Row, text: Text) -> list[Ruling]:
    return [Ruling(text.text == row.target, f"the response has to be {row.target[:80]!r}")]


def _events(row: Row, text: Text) -> list[Ruling]:
    """Official: every line is a right one, however few there are and however often. Fixed: as many as the level asks for."""
    right = row.target.split("\n")
    lines = text.text.split("\n")
    if not text.fixed:
        return [_lines(lines, right)]
    lines = [line.strip() for line in lines if line.strip()]
    number = len(set(lines))
    if number != row.level or len(lines) != row.level:
        return [count(number, f"{row.level} different lines", False)]
    return [_lines(lines, [line.strip() for line in right])]


def _lines(lines: list[str], right: list[str]) -> Ruling:
    wrong = next((line for line in lines if line not in right), None)
    return Ruling(
        wrong is None, "every line is a right event" if wrong is None else f"{wrong[:80]!r} is no right event"
    )


def _entity(row: Row, text: Text) -> list[Ruling]:
    right = ast.literal_eval(row.target)
    return [Ruling(text.text in right, f"one of {', '.join(right)} wanted")]


def _last(pattern: str) -> Callable[[Row, Text], list[Ruling]]:
    """The last match is the answer."""

    def rule(row: Row, text: Text) -> list[Ruling]:
        found = re.findall(pattern, text.text)
        last = found[-1] if found else "none"
        return [Ruling(bool(found) and last == row.target, f"{row.target} wanted, the last answer found is {last}")]

    return rule


def _money(row: Row, text: Text) -> list[Ruling]:
    """Official: cents and thousands are cut off. Fixed: amounts are compared as numbers."""
    if not text.fixed:
        return _last(r"\$\d+")(row, text)
    last, wanted = _amount(text.text), _amount(row.target)
    return [Ruling(wanted is not None and last == wanted, f"{row.target} wanted, the last amount found is {last}")]


def _amount(text: str) -> float | None:
    """The last amount in dollars."""
    found = re.findall(r"\$ ?(\d[\d,]*(?:\.\d+)?)", text)
    return float(found[-1].replace(",", "")) if found else None


def _within(row: Row, text: Text) -> list[Ruling]:
    """Official: anywhere, so that "120th floor" holds "20th floor". Fixed: as whole words, in any case."""
    found = row.target in text.text
    if text.fixed:
        found = re.search(rf"(?<!\w){re.escape(row.target)}(?!\w)", text.text, re.IGNORECASE) is not None
    return [Ruling(found, f"{row.target!r} has to stand in the response")]


def _cnn(row: Row, text: Text) -> list[Ruling]:
    n, longest = len(text.sentences), max((len(s.split()) for s in text.sentences), default=0)
    keywords = text.has("Potter", 1) and text.has("actor", 2) and text.has("films", 3)
    perfect = n >= 3 and re.search(r"\b(has|have)\s+\w+", text.sentences[2]) is not None
    return [
        count(n, "3 sentences", n == 3),
        count(longest, "under 15 words a sentence", longest < 15),
        Ruling(keywords, "'Potter', 'actor' and 'films' have to stand in sentences 1, 2 and 3"),
        Ruling(not text.has("lavish", 2), "'lavish' must not stand in sentence 2"),
        Ruling(perfect, "sentence 3 needs has or have and a word after it"),
    ]


def _xsum(row: Row, text: Text) -> list[Ruling]:
    continuous = re.search(r"\b(am|is|are)\s+\w+ing\b", text.text) is not None
    return [
        *_one_sentence(text, "under 20 words", len(text.words) < 20),
        Ruling(not text.has("Newton Stewart"), "'Newton Stewart' must not appear"),
        Ruling(continuous, "am, is or are and a word in -ing are needed"),
        Ruling(text.has("operation"), "'operation' has to appear"),
    ]


def _samsum(row: Row, text: Text) -> list[Ruling]:
    marks = sum(c in string.punctuation for c in text.text)
    return [
        *_one_sentence(text, "under 15 words", len(text.words) < 15),
        Ruling(text.has("stuff"), "'stuff' has to appear"),
        Ruling(not re.search("procrast", text.text, re.IGNORECASE), "no form of 'procrast' may appear"),
        count(marks, "1 punctuation mark", marks == 1),
    ]


def _gigaword(row: Row, text: Text) -> list[Ruling]:
    return [
        count(len(text.words), "8 words", len(text.words) == 8),
        Ruling(not any(c in string.punctuation for c in text.text), "no punctuation may appear"),
        Ruling(text.text.islower(), "all letters have to be lower case"),
        Ruling(not text.has("bus"), "'bus' must not appear"),
        Ruling(text.has("in"), "'in' has to appear"),
    ]


def _arxiv(row: Row, text: Text) -> list[Ruling]:
    we = text.text.startswith("We") if not text.fixed else re.match(r"We\b", text.text) is not None
    return [
        *_one_sentence(text, "at most 20 words", len(text.words) <= 20),
        Ruling(we, "'We' has to come first"),  # official: "Western" does
        Ruling(text.has("activations"), "'activations' has to appear"),
        Ruling(not text.has("transformer"), "'transformer' must not appear"),
    ]


def _one_sentence(text: Text, words: str, met: bool) -> list[Ruling]:
    n = len(text.sentences)
    return [count(n, "1 sentence", n == 1), count(len(text.words), words, met)]


def _example(row: Row, text: Text) -> Ruling:
    """The response has the form of the examples: the template with anything as answer. Official: that stands on one line,
    so that the reference answers of billsum fail. Fixed: on several if the reference does, and it is not empty."""
    template = row.target.replace("{instruction}\n", "").replace("{{", "{").replace("}}", "}")
    answer = ".*" if not text.fixed else r"\s*\S[\s\S]*" if "\n" in row.answer else r"[^\S\n]*\S.*"
    pattern = answer.join(map(re.escape, template.split("{answer}")))
    return Ruling(re.fullmatch(pattern, text.text) is not None, f"the form {template!r} is wanted")


_RULES: dict[str, Callable[[Row, Text], list[Ruling]]] = {
    "E2E": _same,
    "WIKIEVENTS": _events,
    "CONLL2003": _entity,
    "text_editing": _same,
    "cnn_dailymail": _cnn,
    "xsum": _xsum,
    "samsum": _samsum,
    "gigaword": _gigaword,
    "arxiv": _arxiv,
    "BBH_logical": _last(r"\([A-Z]\)"),
    "BBH_time": _last(r"\d{2}/\d{2}/\d{4}"),
    "self_made_space": _within,
    "gsm_8k": _money,
}
