"""A response as the rules read it, and their rulings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple


class Ruling(NamedTuple):
    """Whether a constraint is met, or all of them where a rule does not tell them apart, and why."""

    passed: bool
    reason: str


@dataclass(frozen=True)
class ResponseText:
    """A response as the rules see it. sentences: without their final marks; words: of the whole text."""

    text: str
    sentences: list[str]
    words: list[str]
    fixed: bool

    def has(self, word: str, sentence: int | None = None) -> bool:
        """Whether it has a whole word, in the same case; sentence: only in the nth one, from 1."""
        if sentence is None:
            return whole_word(word, self.text)
        return len(self.sentences) >= sentence and whole_word(word, self.sentences[sentence - 1])


def read_response(response: str, fixed: bool) -> ResponseText:
    """Splits a response into sentences and words.

    Official: every . ! and ? ends a sentence, and any text after the last one is a sentence, too; single blanks separate
    words. Fixed: marks within a number or name end no sentence, and empty sentences and words do not count.
    """
    if not fixed:
        return ResponseText(response, [s for s in re.split(r"[.!?]", response) if s], response.split(" "), False)
    text = response.strip()
    return ResponseText(text, split_sentences(text), text.split(), True)


def split_sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<![.!?])[.!?]+[\"')\]*]*(?:\s+|$)", text) if s.strip()]


def whole_word(word: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text) is not None


def count(number: int, expected: str, met: bool) -> Ruling:
    return Ruling(met, f"{expected} wanted, {number} found")
