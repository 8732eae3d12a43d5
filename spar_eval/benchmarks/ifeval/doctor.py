"""Looks a file of IFEval-style prompts over: what its checkers would trip over, and what its wording contradicts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from spar_data.constraints import ifeval
from spar_data.constraints.ifeval.language import LANGUAGES
from spar_data.core.errors import SparError
from spar_data.sources.json_rows import JsonRow, read_rows


class Finding(NamedTuple):
    """severity: "error" stops or falsifies scoring, "doubt" is for a person to look at. where: file and line."""

    where: str
    key: str
    severity: str
    what: str


_NUMBERS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_WORDS = {word: n for n, word in enumerate(_NUMBERS)} | {
    "once": 1, "single": 1, "twice": 2, "both": 2, "pair": 2, "couple": 2, "thrice": 3, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "hundred": 100, "thousand": 1000, "first": 1, "second": 2, "third": 3, "fourth": 4,
    "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "dozen": 12,
}  # fmt: skip
_COUNTED = (
    "num_words", "num_sentences", "num_paragraphs", "nth_paragraph", "num_bullets", "num_highlights", "num_sections",
    "num_placeholders", "frequency", "let_frequency", "capital_frequency",
)  # fmt: skip
_QUOTED = ("keywords", "keyword", "forbidden_words", "first_word", "end_phrase", "prompt_to_repeat", "section_spliter")
_SAID = {
    "at least": r"at least|or more|more than|minimum|no (?:less|fewer) than|not (?:less|fewer)|\d\+|over|(?:longer|greater) than|above|between|exactly|include|contain",
    "less than": r"less|fewer|under|at most|no more|not more|below|maximum|not exceed|up to|or less|within|shorter|limit|not.{0,20}more|between|exactly|avoid|never|without|n't|\bnot?\b",
}
_EXACT = r"\b(?:exactly|precisely)\s+(\w+)"
_VAGUE = r"\b(?:a few|several|some)\b"


def examine(source: str, split: str = "train") -> Iterator[Finding]:
    """All findings of a file or dataset, row by row."""
    keys: Counter[str] = Counter()
    texts: dict[str, str] = {}
    for where, row in read_rows(source, split):
        key = str(row.get("key", "?"))
        keys[key] += 1
        if keys[key] > 1:
            yield Finding(where, key, "error", "this key is there already")
        text = row.get("prompt")
        if isinstance(text, str):
            if text in texts:
                yield Finding(where, key, "error", f"the same prompt as key {texts[text]}")
            texts.setdefault(text, key)
        for severity, what in _row(row):
            yield Finding(where, key, severity, what)


def _row(row: JsonRow) -> Iterator[tuple[str, str]]:
    text, names, kwargs = row.get("prompt"), row.get("instruction_id_list"), row.get("kwargs")
    if not isinstance(text, str) or not text.strip():
        yield "error", "'prompt' is missing or empty"
        return
    if not isinstance(names, list) or not isinstance(kwargs, list) or len(names) != len(kwargs) or not names:
        yield "error", "instruction_id_list and kwargs have to be lists of the same length"
        return
    known: list[tuple[str, dict[str, Any]]] = []
    for name, values in zip(names, kwargs, strict=True):
        try:
            known.append((name, ifeval.validate(str(name), values if isinstance(values, dict) else {})))
        except SparError as error:
            yield "error", str(error)
    for name, count in Counter(name for name, _ in known).items():
        same = [values for each, values in known if each == name]
        if count > 1 and any(same.count(values) > 1 for values in same):
            yield "error", f"'{name}' is there {count} times with the same kwargs"
        elif count > 1:
            yield "doubt", f"'{name}' is there {count} times: results have to be kept by position"
    yield from _contradictions(known)
    for name, values in known:
        yield from _wording(text, name, values, alone=[each for each, _ in known].count(name) == 1)


def _contradictions(known: list[tuple[str, dict[str, Any]]]) -> Iterator[tuple[str, str]]:
    names = {name for name, _ in known}
    if {"change_case:english_capital", "change_case:english_lowercase"} <= names:
        yield "error", "all capitals and all lower case at once"
    words = {w.lower() for _, values in known for w in [*values.get("keywords", []), values.get("keyword", "")] if w}
    banned = {w.lower() for _, values in known for w in values.get("forbidden_words", [])}
    if words & banned:
        yield "error", f"asked for and forbidden: {', '.join(sorted(words & banned))}"
    language = next((values["language"] for _, values in known if "language" in values), "en")
    if language != "en" and names & {"change_case:english_capital", "change_case:english_lowercase"}:
        yield "error", f"English and {LANGUAGES[language]} at once"


def _wording(text: str, name: str, values: dict[str, Any], alone: bool) -> Iterator[tuple[str, str]]:
    """Where the prompt does not say what the kwargs check. alone: else it is one end of a range ("600 to 700 words")."""
    low = " ".join(text.lower().split())
    numbers = _numbers(low)
    for key in _COUNTED:
        if (
            key in values
            and name != "detectable_format:multiple_sections"
            and not _says(values[key], numbers, key, low)
        ):
            yield "error", f"'{name}': {key} is {values[key]}, the prompt has {_list(numbers)}"
    if name.endswith("number_bullet_lists"):
        vague = re.search(_VAGUE + r"[^.]{0,40}bullet", low) or re.search(r"bullet[^.]{0,40}" + _VAGUE, low)
        if vague and re.search(_EXACT, low):
            yield "error", f"'{name}': the prompt asks for exactly {values['num_bullets']} and for '{vague[0]}'"
    for key in _QUOTED:
        for wanted in values[key] if isinstance(values.get(key), list) else [values.get(key)]:
            if wanted and " ".join(wanted.lower().split()) not in low:
                yield "doubt", f"'{name}': {key} '{wanted[:60]}' is not in the prompt"
    for key in ("relation", "let_relation", "capital_relation"):
        if alone and key in values and not re.search(_SAID[values[key]], low):
            yield "doubt", f"'{name}': '{values[key]}' is checked, the prompt does not say so"
    letter = values.get("letter", "a")
    if not re.fullmatch("[a-zA-Z]", letter):
        yield "doubt", f"'{name}': '{letter}' is no letter; the official code counts a random one instead"


def _numbers(low: str) -> set[int]:
    digits = {int(n.replace(",", "")) for n in re.findall(r"(?<![\d.])\d{1,3}(?:,\d{3})+|\d+", low) if len(n) < 10}
    return digits | {_WORDS[word] for word in re.findall(r"[a-z]+", low) if word in _WORDS}


def _says(wanted: int, numbers: set[int], key: str, low: str) -> bool:
    near = {wanted, wanted - 1, wanted + 1}  # "more than 19" and "at most 19" are checked as 20
    if wanted == 1 and re.search(r"\b(?:a|an|any|some|the)\b", low):
        return True
    return bool(numbers & near) or (key == "num_placeholders" and wanted <= 1)


def _list(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)[:8])) or "no number"
