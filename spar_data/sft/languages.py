"""Checks that a response is in a language that its prompt allows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from spar_data.constraints import run_checker
from spar_data.constraints.text.language_of import LANGUAGES, UNKNOWN, detect, letters, prose
from spar_data.core.assets import asset
from spar_data.core.config import read_toml
from spar_data.core.records import Constraint

_ENOUGH = 40, 10  # letters of a text before its language counts: of an alphabet that many languages share, of others
_ENOUGH_OF_PROMPT = 12, 5
_TRANSLATE = re.compile(
    r"\b(?:(?:an)?other languages?|different languages?|translat\w+|übersetz\w+|traduc\w+|traduz\w+|tradui\w+)\b|翻译"
)


@cache
def _names() -> tuple[dict[str, str], re.Pattern[str]]:
    """Codes of languages by name, and a pattern of every name."""
    codes = {name: code for code, names in read_toml(asset("language_names.toml")).items() for name in names}
    words = (rf"\b{name}\b" if name < "\u3000" else name for name in sorted(codes, key=len, reverse=True))
    return codes, re.compile("|".join(words))


def wrong_language(prompt: str, text: str, constraints: Sequence[Constraint] = (), also: Sequence[str] = ()) -> str:
    """Says what is wrong with the language of a text; "" if nothing is, or if it cannot be told.

    A language constraint decides. Without one the text may be in any language that a paragraph of the prompt is in or that the
    prompt names, or in one of `also`. Short texts pass, and so do prompts that ask for a translation or another language
    without naming a language that is known here.
    """
    for constraint in constraints:
        if constraint.checker == "language.is_language":
            verdict = run_checker(constraint.checker, text, constraint.params)
            return "" if verdict.passed else verdict.reason
    if not _is_long(prose(text), _ENOUGH) or not _is_long(prompt, _ENOUGH_OF_PROMPT):
        return ""
    language = detect(text)
    if language == UNKNOWN:
        return ""
    codes, pattern = _names()
    named = {codes[name] for name in pattern.findall(prompt.lower())}
    if _TRANSLATE.search(prompt.lower()) and not named:
        return ""
    paragraphs = [part for part in prompt.split("\n")[:50] if _is_long(part, _ENOUGH_OF_PROMPT)]
    allowed = ({detect(prompt), *map(detect, paragraphs), *named, *also}) & set(LANGUAGES)
    if not allowed or language in allowed:
        return ""
    return f"the language is '{language}', the prompt is in '{detect(prompt)}'"


def _is_long(text: str, enough: tuple[int, int]) -> bool:
    return letters(text) >= enough[sum(map(str.isascii, text)) <= len(text) / 2]
