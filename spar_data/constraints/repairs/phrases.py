"""The words that repairs add to a response, by language; `_assets/repairs.toml` holds them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import msgspec

from spar_data.constraints.text.language_of import detect
from spar_data.constraints.text.words import words
from spar_data.core.assets import asset


@dataclass(frozen=True)
class Phrases:
    """The phrases of one language. The file describes the fields."""

    language: str
    joint: str
    function: tuple[str, ...]
    thing: str
    fill: tuple[str, ...]
    word: tuple[str, ...]
    words: tuple[str, ...]
    question: tuple[str, ...]
    exclamation: tuple[str, ...]
    number: tuple[str, ...]
    ordinal: tuple[str, ...]
    decimal: tuple[str, ...]
    scientific: tuple[str, ...]
    placeholder: tuple[str, ...]
    blank: tuple[str, ...]
    title: str
    heading: tuple[str, ...]
    speaker: tuple[str, ...]
    option: tuple[str, ...]
    quiz: str
    remark: tuple[str, ...]
    column: tuple[str, ...]
    tag: str
    openers: tuple[str, ...]
    with_: dict[str, tuple[str, ...]] = field(default_factory=dict)
    instead: dict[str, str] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    ranked: dict[str, str] = field(default_factory=dict)

    @property
    def space(self) -> str:
        """The separator of two sentences."""
        return "" if self.language == "zh" else " "

    @property
    def stop(self) -> str:
        return "。" if self.language == "zh" else "."

    def joined(self, items: Sequence[str]) -> str:
        """Lists items as "a and b and c", without commas, which the prompt may forbid."""
        return (self.joint if self.language == "zh" else f" {self.joint} ").join(items)


def phrases_for(text: str) -> Phrases:
    """Returns the phrases in the language of the text; English ones if there are none."""
    return _all().get(detect(text), _all()["en"])


@cache
def _all() -> dict[str, Phrases]:
    tables = tomllib.loads(asset("repairs.toml").read_text(encoding="utf-8"))
    renamed = {"and": "openers", "with": "with_"}  # words of Python
    return {
        language: msgspec.convert(
            {"language": language, **{renamed.get(key, key): value for key, value in table.items()}}, Phrases
        )
        for language, table in tables.items()
    }


def like(text: str, addition: str) -> str:
    """Gives the addition the case of the whole text if that is all capitals, all lower case or all capitalised."""
    head = text[:2000]
    letters = [c for c in head if c.isalpha() and c.upper() != c.lower()]
    if len(letters) < 12:
        return addition
    if not any(c.islower() for c in letters):
        return addition.upper()
    if not any(c.isupper() for c in letters):
        return addition.lower()
    heads = [word[0] for word in words(head) if word[0].upper() != word[0].lower()]
    return titled(addition) if len(heads) > 3 and all(c.isupper() for c in heads) else addition


def titled(text: str) -> str:
    """Capitalises the first letter of every word; the other letters stay."""
    parts, at = [], 0
    for word in words(text):
        start = text.index(word, at)
        parts += [text[at:start], word[0].title() if word[0].islower() else word[0], word[1:]]
        at = start + len(word)
    return "".join([*parts, text[at:]])
