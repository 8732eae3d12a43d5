"""Checks a file of IFEval-style prompts for what would stop a checker or contradict the wording of its prompt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from spar_data.constraints import ifeval
from spar_data.constraints.ifeval.language import LANGUAGES
from spar_data.core.errors import SparError
from spar_data.sources.json_rows import JsonRow, read_rows
from spar_eval.instructions.prompts import Parameters

Problem = tuple[str, str]
"""(severity, description)."""


class Finding(NamedTuple):
    """severity: "error" stops or falsifies scoring, "doubt" is for a person to decide. where: file and line."""

    where: str
    key: str
    severity: str
    what: str


_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_NUMBER_WORDS = {word: n for n, word in enumerate(_UNITS.split())} | {
    "once": 1, "single": 1, "twice": 2, "both": 2, "pair": 2, "couple": 2, "thrice": 3, "thirty": 30, "forty": 40,
    "fifty": 50, "sixty": 60, "hundred": 100, "thousand": 1000, "first": 1, "second": 2, "third": 3, "fourth": 4,
    "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "dozen": 12,
}  # fmt: skip
_COUNTS = (
    "num_words", "num_sentences", "num_paragraphs", "nth_paragraph", "num_bullets", "num_highlights", "num_sections",
    "num_placeholders", "frequency", "let_frequency", "capital_frequency",
)  # fmt: skip
_QUOTED = ("keywords", "keyword", "forbidden_words", "first_word", "end_phrase", "prompt_to_repeat", "section_spliter")
_RELATIONS = {
    "at least": r"at least|or more|more than|minimum|no (?:less|fewer) than|not (?:less|fewer)|\d\+|over|(?:longer|greater) than|above|between|exactly|include|contain",
    "less than": r"less|fewer|under|at most|no more|not more|below|maximum|not exceed|up to|or less|within|shorter|limit|not.{0,20}more|between|exactly|avoid|never|without|n't|\bnot?\b",
}
_EXACT = r"\b(?:exactly|precisely)\s+(\w+)"
_VAGUE = r"\b(?:a few|several|some)\b"


def examine(source: str) -> Iterator[Finding]:
    """All findings in a file or dataset, row by row."""
    keys: set[str] = set()
    first_keys: dict[str, str] = {}
    for where, row in read_rows(source):
        key = str(row.get("key", "?"))
        if key in keys:
            yield Finding(where, key, "error", "this key is there already")
        keys.add(key)
        text = row.get("prompt")
        if isinstance(text, str):
            if text in first_keys:
                yield Finding(where, key, "error", f"the same prompt as key {first_keys[text]}")
            first_keys.setdefault(text, key)
        yield from (Finding(where, key, *problem) for problem in _row_problems(row))


def _row_problems(row: JsonRow) -> Iterator[Problem]:
    text, names, kwargs = row.get("prompt"), row.get("instruction_id_list"), row.get("kwargs")
    if not isinstance(text, str) or not text.strip():
        yield "error", "'prompt' is missing or empty"
        return
    if not isinstance(names, list) or not isinstance(kwargs, list) or len(names) != len(kwargs) or not names:
        yield "error", "instruction_id_list and kwargs have to be lists of the same length"
        return
    instructions: list[tuple[str, Parameters]] = []
    for name, values in zip(names, kwargs, strict=True):
        try:
            instructions.append((name, ifeval.validate(str(name), values if isinstance(values, dict) else {})))
        except SparError as error:
            yield "error", str(error)
    counts = Counter(name for name, _ in instructions)
    for name, count in counts.items():
        same = [values for other, values in instructions if other == name]
        if count > 1 and any(same.count(values) > 1 for values in same):
            yield "error", f"'{name}' is there {count} times with the same kwargs"
        elif count > 1:
            yield "doubt", f"'{name}' is there {count} times: results have to be kept by position"
    yield from _contradictions(instructions)
    for name, values in instructions:
        yield from _wording_problems(text, name, values, alone=counts[name] == 1)


def _contradictions(instructions: list[tuple[str, Parameters]]) -> Iterator[Problem]:
    names = {name for name, _ in instructions}
    if {"change_case:english_capital", "change_case:english_lowercase"} <= names:
        yield "error", "all capitals and all lower case at once"
    required: set[str] = set()
    forbidden: set[str] = set()
    for _, values in instructions:
        required |= {word.lower() for word in [*values.get("keywords", []), values.get("keyword", "")] if word}
        forbidden |= {word.lower() for word in values.get("forbidden_words", [])}
    if required & forbidden:
        yield "error", f"required and forbidden: {', '.join(sorted(required & forbidden))}"
    language = next((values["language"] for _, values in instructions if "language" in values), "en")
    if language != "en" and names & {"change_case:english_capital", "change_case:english_lowercase"}:
        yield "error", f"English and {LANGUAGES[language]} at once"


def _wording_problems(text: str, name: str, values: Parameters, alone: bool) -> Iterator[Problem]:
    """Where the prompt does not say what the kwargs check. Unless alone, they are one end of a range ("600 to 700 words")."""
    lower = " ".join(text.lower().split())
    numbers = _numbers(lower)
    if name != "detectable_format:multiple_sections":
        for key in _COUNTS:
            if key in values and not _has_count(values[key], numbers, key, lower):
                listed = ", ".join(map(str, sorted(numbers)[:8])) or "no number"
                yield "error", f"'{name}': {key} is {values[key]}, the prompt has {listed}"
    if name.endswith("number_bullet_lists"):
        vague = re.search(_VAGUE + r"[^.]{0,40}bullet", lower) or re.search(r"bullet[^.]{0,40}" + _VAGUE, lower)
        if vague and re.search(_EXACT, lower):
            yield "error", f"'{name}': the prompt asks for exactly {values['num_bullets']} and for '{vague[0]}'"
    for key in _QUOTED:
        for quoted in values[key] if isinstance(values.get(key), list) else [values.get(key)]:
            if quoted and " ".join(quoted.lower().split()) not in lower:
                yield "doubt", f"'{name}': {key} '{quoted[:60]}' is not in the prompt"
    for key in ("relation", "let_relation", "capital_relation"):
        if alone and key in values and not re.search(_RELATIONS[values[key]], lower):
            yield "doubt", f"'{name}': '{values[key]}' is checked, the prompt does not say so"
    letter = values.get("letter", "a")
    if not re.fullmatch("[a-zA-Z]", letter):
        yield "doubt", f"'{name}': '{letter}' is no letter; the official code counts a random one instead"


def _numbers(lower: str) -> set[int]:
    """The numbers in a text, as digits or words."""
    digits = {int(n.replace(",", "")) for n in re.findall(r"(?<![\d.])\d{1,3}(?:,\d{3})+|\d+", lower) if len(n) < 10}
    return digits | {_NUMBER_WORDS[word] for word in re.findall(r"[a-z]+", lower) if word in _NUMBER_WORDS}


def _has_count(count: int, numbers: set[int], key: str, lower: str) -> bool:
    near = {count, count - 1, count + 1}  # "more than 19" and "at most 19" are checked as 20
    if count == 1 and re.search(r"\b(?:a|an|any|some|the)\b", lower):
        return True
    return bool(numbers & near) or (key == "num_placeholders" and count <= 1)
