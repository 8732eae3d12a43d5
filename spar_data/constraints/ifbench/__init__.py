"""The 58 instruction types of IFBench (arXiv 2507.02833), with exactly the official verdicts.

The official checkers are ifbench/instructions.py of allenai/IFBench at the commit `OFFICIAL`. Where they draw random
parameters, download data or crash, these do not; docs/ifbench.md lists the differences. A checker is a function
`(response, *, ...) -> Verdict` whose parameters are the official kwargs. Responses are untrusted: every check takes time
that is about linear in their length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from spar_data.constraints import official_kwargs as official
from spar_data.constraints.ifbench import count, custom, format, ratio, repeat, sentence, tables, words
from spar_data.constraints.verdict import Verdict
from spar_data.core.files import JsonValue

__all__ = ["INSTRUCTIONS", "OFFICIAL", "check", "parameters", "validate", "versions"]

OFFICIAL = "db69a6f"
"""The commit of allenai/IFBench (19 August 2026) with the same verdicts."""

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


def check(name: str, response: str, kwargs: Mapping[str, object]) -> Verdict:
    """Runs the checker of the instruction `name` ('count:numbers') on a response.

    kwargs: as the data has them, with nulls for parameters of other types. Raises SparError for an unknown instruction
    and for kwargs that it does not take.
    """
    params = validate(name, kwargs)
    if verdict := official.unchecked(response):
        return verdict
    return INSTRUCTIONS[name](response, **params)


@cache
def versions() -> tuple[str, ...]:
    """The packages beside NLTK that decide verdicts: "emoji 2.16.0", "syllapy 0.8.0", or "... not installed"."""
    return tuple(f"{package} {_version(package)}" for package in ("emoji", "syllapy"))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def parameters(name: str) -> Mapping[str, object]:
    """Returns the parameters of an instruction with their types: str, int, float or Ordinal. All of them are required."""
    return official.parameters(INSTRUCTIONS, name)


def validate(name: str, kwargs: Mapping[str, object]) -> dict[str, JsonValue]:
    """Returns the kwargs without nulls. Raises SparError unless they are exactly what the instruction takes."""
    return official.complete(INSTRUCTIONS, name, kwargs)
