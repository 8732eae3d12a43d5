"""Constraints that a program can verify: each checker reads a response and says whether, and why, it passes.

A checker is a plain function `(response, *, ...) -> Verdict`; `CHECKERS` names them all. `run_checker` runs one by name with
its parameters, `validate` looks at the parameters alone. Responses are untrusted: every checker takes
time linear in the length of the response and raises nothing over its content. Checkers of structure (headings, lists,
tables, options, sections) read past fenced code; checkers of characters and words read everything.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Collection, Mapping
from functools import cache

from spar_data.constraints.checkers import (
    character,
    genre,
    keyword,
    language,
    length,
    numbers,
    punctuation,
    sentence,
    symbol,
    template,
    text_format,
)
from spar_data.constraints.text.language_of import LANGUAGES
from spar_data.constraints.verdict import RELATIONS, Verdict, compare
from spar_data.core.errors import SparError, nearest

__all__ = ["CHECKERS", "RELATIONS", "Verdict", "compare", "parameters", "run_checker", "validate"]

CHECKERS: dict[str, Callable[..., Verdict]] = {
    "character.capital_words": character.capital_words,
    "character.lowercase": character.lowercase,
    "character.title_case": character.title_case,
    "character.uppercase": character.uppercase,
    "genre.hashtag_post": genre.hashtag_post,
    "genre.letter": genre.letter,
    "genre.poem_lines": genre.poem_lines,
    "genre.script_lines": genre.script_lines,
    "keyword.exclude": keyword.exclude,
    "keyword.frequency": keyword.frequency,
    "keyword.include": keyword.include,
    "language.is_language": language.is_language,
    "length.characters": length.characters,
    "length.paragraphs": length.paragraphs,
    "length.sections": length.sections,
    "length.sentences": length.sentences,
    "length.words": length.words,
    "numbers.decimals": numbers.decimals,
    "numbers.integers": numbers.integers,
    "numbers.ordinals": numbers.ordinals,
    "numbers.scientific": numbers.scientific,
    "punctuation.absent": punctuation.absent,
    "punctuation.count": punctuation.count,
    "punctuation.ends": punctuation.ends,
    "punctuation.starts": punctuation.starts,
    "sentence.contains": sentence.contains,
    "sentence.distinct_openings": sentence.distinct_openings,
    "sentence.ends": sentence.ends,
    "sentence.questions": sentence.questions,
    "sentence.starts": sentence.starts,
    "symbol.custom": symbol.custom,
    "symbol.emojis": symbol.emojis,
    "symbol.placeholders": symbol.placeholders,
    "symbol.title": symbol.title,
    "template.labelled_parts": template.labelled_parts,
    "template.multiple_choice": template.multiple_choice,
    "template.wrapped": template.wrapped,
    "text_format.bullets": text_format.bullets,
    "text_format.json_document": text_format.json_document,
    "text_format.markdown_headings": text_format.markdown_headings,
    "text_format.numbered_list": text_format.numbered_list,
    "text_format.postscript": text_format.postscript,
    "text_format.table": text_format.table,
}

_CHOICES: dict[str, Collection[str]] = {"relation": RELATIONS, "code": LANGUAGES}


def run_checker(name: str, response: str, params: Mapping[str, object]) -> Verdict:
    """Runs the checker `name` ('module.function') on a response.

    A response without any character but white space fails every checker. An unknown checker and a missing, unknown or
    wrong parameter are a SparError.
    """
    validate(name, params)
    if not response.strip():
        return Verdict(False, "empty response")
    return CHECKERS[name](response, **params)


@cache
def parameters(name: str) -> Mapping[str, object]:
    """The parameters of a checker by name, each with its type: str, int or list[str]. All of them are required."""
    if name not in CHECKERS:
        raise SparError(f"Unknown checker '{name}'.{nearest(name, CHECKERS)}")
    hints = typing.get_type_hints(CHECKERS[name])
    return {key: kind for key, kind in hints.items() if key not in ("response", "return")}


def validate(name: str, params: Mapping[str, object]) -> None:
    """Raises a SparError unless `params` are exactly the parameters of the checker `name`, each with a value it takes.

    A number is a whole number from 0 up, a text has more than white space, a list has at least one text in it.
    """
    known = parameters(name)
    for key in params:
        if key not in known:
            takes = nearest(key, known) if known else " It takes none."
            raise SparError(f"Checker '{name}' has no parameter '{key}'.{takes}")
    for key, kind in known.items():
        if key not in params:
            raise SparError(f"Checker '{name}' needs the parameter '{key}'. Parameters: {', '.join(known)}.")
        value = params[key]
        if not _fits(value, kind):
            raise SparError(f"Parameter '{key}' of checker '{name}' is {value!r}, expected {_EXPECTED[str(kind)]}.")
        if key in _CHOICES and value not in _CHOICES[key]:
            raise SparError(f"Parameter '{key}' of checker '{name}' is {value!r}.{nearest(str(value), _CHOICES[key])}")


_EXPECTED = {str(int): "a whole number from 0 up", str(str): "a text", str(list[str]): "a list of texts"}


def _fits(value: object, kind: object) -> bool:
    if kind is int:
        return type(value) is int and value >= 0
    if kind is str:
        return isinstance(value, str) and bool(value.strip())
    return isinstance(value, list) and bool(value) and all(_fits(item, str) for item in value)
