"""The words that repairs add to a response, by language; `_assets/repairs.toml` holds them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec

from spar_data.constraints.text.language_of import detect
from spar_data.constraints.text.words import word_spans, words
from spar_data.core.assets import asset
from spar_data.core.config import read_toml


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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
    marks: dict[str, tuple[str, ...]]
    instead: dict[str, str]
    spelled: dict[str, str] = {}
    ranked: dict[str, str] = {}

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
    return msgspec.convert(read_toml(asset("repairs.toml")), dict[str, Phrases])


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
    letters = list(text)
    for start, _ in word_spans(text):
        if letters[start].islower():
            letters[start] = letters[start].title()
    return "".join(letters)
