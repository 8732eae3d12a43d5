"""The 58 instruction types of IFBench (arXiv 2507.02833), with exactly the official verdicts.

The official checkers are ifbench/instructions.py of allenai/IFBench, followed at the commit that `OFFICIAL` names. Where
they draw random parameters, download data or crash, these do not: docs/ifbench.md lists it. A checker is a function
`(response, *, ...) -> Verdict`, its parameters are the official kwargs. Responses are untrusted: every check takes time
about linear in their length.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from spar_data.constraints import official_kwargs as official
from spar_data.constraints.ifbench import count, custom, format, ratio, repeat, sentence, tables, text, words
from spar_data.constraints.verdict import Verdict
from spar_data.core.errors import SparError

__all__ = ["INSTRUCTIONS", "OFFICIAL", "check", "parameters", "validate", "versions"]

OFFICIAL = "db69a6f"
"""The commit of allenai/IFBench (19 August 2026) whose verdicts these are."""

INSTRUCTIONS: dict[str, Callable[..., Verdict]] = {
    "count:conjunctions": count.conjunctions,
    "count:keywords_multiple": count.keywords_multiple,
    "count:numbers": count.numbers,
    "count:person_names": count.person_names,
    "count:pronouns": count.pronouns,
    "count:punctuation": count.punctuation,
    "count:unique_word_count": count.unique_word_count,
    "count:word_count_range": count.word_count_range,
    "count:words_japanese": count.words_japanese,
    "custom:character_reverse": custom.character_reverse,
    "custom:csv_city": tables.csv_city,
    "custom:csv_quotes": tables.csv_quotes,
    "custom:csv_special_character": tables.csv_special_character,
    "custom:date_format_list": custom.date_format_list,
    "custom:european_capitals_sort": custom.european_capitals_sort,
    "custom:mcq_count_length": custom.mcq_count_length,
    "custom:multiples": custom.multiples,
    "custom:reverse_newline": custom.reverse_newline,
    "custom:sentence_alphabet": custom.sentence_alphabet,
    "custom:word_reverse": custom.word_reverse,
    "format:emoji": format.emoji,
    "format:line_indent": format.line_indent,
    "format:list": format.list_,
    "format:newline": format.newline,
    "format:no_bullets_bullets": format.no_bullets_bullets,
    "format:no_whitespace": format.no_whitespace,
    "format:options": format.options_,
    "format:output_template": format.output_template,
    "format:parentheses": format.parentheses,
    "format:quote_unquote": format.quote_unquote,
    "format:quotes": format.quotes,
    "format:sub-bullets": format.sub_bullets,
    "format:thesis": format.thesis,
    "format:title_case": format.title_case,
    "ratio:overlap": ratio.overlap,
    "ratio:sentence_balance": ratio.sentence_balance,
    "ratio:sentence_type": ratio.sentence_type,
    "ratio:sentence_words": ratio.sentence_words,
    "ratio:stop_words": ratio.stop_words,
    "repeat:repeat_change": repeat.repeat_change,
    "repeat:repeat_simple": repeat.repeat_simple,
    "repeat:repeat_span": repeat.repeat_span,
    "sentence:alliteration_increment": sentence.alliteration_increment,
    "sentence:increment": sentence.increment,
    "sentence:keyword": sentence.keyword,
    "words:alphabet": words.alphabet,
    "words:consonants": words.consonants,
    "words:keywords_specific_position": words.keywords_specific_position,
    "words:last_first": sentence.last_first,
    "words:no_consecutive": words.no_consecutive,
    "words:odd_even_syllables": words.odd_even_syllables,
    "words:palindrome": words.palindrome,
    "words:paragraph_last_first": words.paragraph_last_first,
    "words:prime_lengths": words.prime_lengths,
    "words:repeats": words.repeats,
    "words:start_verb": words.start_verb,
    "words:vowel": words.vowel,
    "words:words_position": words.words_position,
}


def check(name: str, response: str, kwargs: Mapping[str, Any]) -> Verdict:
    """The verdict of the instruction `name` ('count:numbers') on a response.

    kwargs: as the data has them, with nulls for parameters of other types. Raises SparError for an unknown instruction
    and for kwargs that are not its own.
    """
    params = validate(name, kwargs)
    if verdict := official.unchecked(response):
        return verdict
    return INSTRUCTIONS[name](response, **params)


@cache
def versions() -> tuple[str, ...]:
    """Of the packages beside NLTK that decide verdicts: "emoji 2.16.0", "syllapy 0.8.0". "not installed" is a version."""
    found = []
    for package in ("emoji", "syllapy"):
        try:
            found.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            found.append(f"{package} not installed")
    return tuple(found)


def parameters(name: str) -> Mapping[str, object]:
    """The parameters of an instruction by name, each with its type: str, int, float or Ordinal. All are required."""
    return official.parameters(INSTRUCTIONS, name)


def validate(name: str, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters without nulls. Raises SparError unless they are exactly those that the instruction takes."""

    def value(key: str, given: Any, kind: object) -> Any:
        return _value(f"'{name}': '{key}' is {given!r}", given, kind)

    return official.complete(INSTRUCTIONS, name, kwargs, value)


def _value(where: str, value: Any, kind: object) -> Any:
    if kind is str:
        if not isinstance(value, str) or not value.strip():
            raise SparError(f"{where}, a text is expected")
        return value
    number = type(value) in (int, float) and math.isfinite(value)
    if kind is float:
        if not number or value < 0:
            raise SparError(f"{where}, a number from 0 up is expected")
        return float(value)
    least = 1 if kind is text.Ordinal else 0
    if not number or value != int(value) or value < least:  # tables with nulls hold whole numbers as floats
        raise SparError(f"{where}, a whole number from {least} up is expected")
    return int(value)
