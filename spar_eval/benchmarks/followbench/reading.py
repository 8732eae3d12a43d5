"""A response as rules read it, and what they say of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple


class Ruling(NamedTuple):
    """Whether one constraint is met, or all together where a rule does not tell them apart, and why."""

    passed: bool
    reason: str


@dataclass(frozen=True)
class Text:
    """A response as the rules see it. sentences: without their marks; words: of the whole text."""

    text: str
    sentences: list[str]
    words: list[str]
    fixed: bool

    def has(self, word: str, sentence: int | None = None) -> bool:
        """A whole word, in its case; in the nth sentence from 1, of which there may be fewer."""
        if sentence is None:
            return whole_word(word, self.text)
        return len(self.sentences) >= sentence and whole_word(word, self.sentences[sentence - 1])


def read(response: str, fixed: bool) -> Text:
    """Official: every . ! and ? ends a sentence, and what is left after the last one is a sentence too unless it is
    empty; single blanks part words. Fixed: marks within a number or name end none, blank sentences and words are none."""
    if not fixed:
        return Text(response, [s for s in re.split(r"[.!?]", response) if s], response.split(" "), False)
    text = response.strip()
    return Text(text, split_sentences(text), text.split(), True)


def split_sentences(text: str) -> list[str]:
    return [s for s in re.split(r"(?<![.!?])[.!?]+[\"')\]*]*(?:\s+|$)", text) if s.strip()]


def whole_word(word: str, text: str) -> bool:
    return re.search(rf"\b{re.escape(word)}\b", text) is not None


def count(found: int, wanted: str, met: bool) -> Ruling:
    return Ruling(met, f"{wanted} wanted, {found} found")
