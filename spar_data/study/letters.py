"""Task 1, character sequences: exactly so many of these letters. What interferes: whether they are capitals.

Correctness is a matter of counts alone, and the prompt says that case is free. The refined side is the wrong sequence with the
fewest letters inserted or deleted; the sampled side is the refined one in capitals. So the arms differ in case and nothing else.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any

from spar_data.core.errors import SparError
from spar_data.models import fill
from spar_data.study.items import DIFFICULTIES, Checked, Item

NAME = "letters"
_PROMPTS = (
    "Write a sequence of characters that consists of {what} and nothing else. The order is up to you, and capital and small "
    "letters count alike. Reply with the sequence alone.",
    "I need a string made of {what}. Any order will do, capitals or not, but nothing else may be in it. Answer with just the "
    "string.",
    "Produce one sequence of letters with {what}, in an order of your choice. Upper and lower case are both fine. Give only "
    "the sequence.",
    "Type {what}, one after the other in whatever order, large or small letters. Do not type anything more.",
)
_ERRORS = {"easy": (3, 8), "mixed": (1, 8), "hard": (1, 1)}  # letters too many or too few
_QUOTES = "`'\"“”‘’*"


@dataclass(frozen=True)
class LettersConfig:
    """kinds: how many different letters a sequence has, least and most; counts: how many of each. alphabet: the letters.
    capitals: the share of sampled pairs whose chosen side is in capitals; the rest are as in the refined arm."""

    difficulty: str = "mixed"
    kinds: tuple[int, int] = (2, 2)
    counts: tuple[int, int] = (3, 20)
    alphabet: str = "abcdefghijklmnopqrstuvwxyz"
    capitals: float = 1.0

    def __post_init__(self) -> None:
        for name, (least, most) in (("kinds", self.kinds), ("counts", self.counts)):
            if not 1 <= least <= most:
                raise SparError(f"{name} = {least}-{most}: two numbers from 1 on are expected, the smaller one first")
        odd = [c for c in self.alphabet if c == c.upper() or c.upper().lower() != c or len(c.upper()) != 1]
        if odd or len(set(self.alphabet)) != len(self.alphabet):
            raise SparError(f"alphabet = {self.alphabet!r}: small letters that have capitals are expected, each once")
        if len(self.alphabet) < self.kinds[1]:
            raise SparError(
                f"kinds: up to {self.kinds[1]} different letters, but the alphabet has {len(self.alphabet)}"
            )
        if self.difficulty not in DIFFICULTIES:
            raise SparError(f"difficulty = {self.difficulty!r}: one of {', '.join(DIFFICULTIES)} is expected")

    def tasks(self, kinds: int) -> int:
        """How many different ones there are with so many different letters."""
        return math.comb(len(self.alphabet), kinds) * (self.counts[1] - self.counts[0] + 1) ** kinds


def make(random: Random, config: LettersConfig) -> Item:
    letters = sorted(random.sample(config.alphabet, random.randint(*config.kinds)))
    wanted = {letter: random.randint(*config.counts) for letter in letters}
    sequence = [letter for letter in letters for _ in range(wanted[letter])]
    if random.random() < 0.5:  # in blocks, or mixed
        random.shuffle(sequence)
    right = "".join(sequence)
    wrong, flaw = _spoil(random, right, random.choice(letters), config.difficulty)
    sampled = right.upper() if random.random() < config.capitals else right
    what = " and ".join(f'exactly {n} of the letter "{letter}"' for letter, n in wanted.items())
    prompt = fill(random.choice(_PROMPTS), what=what)
    return Item(prompt, {"wanted": wanted}, wrong, right, sampled, flaw)


def key(item: Item) -> str:
    return repr(sorted(item.params["wanted"].items()))


def check(response: str, params: dict[str, Any]) -> Checked:
    """Passed: nothing but the letters asked for, in these numbers; white space and quotes around are left out. Loose: a line
    of the response passes. Measures are of the whole response, or of its longest line, that holds such letters alone."""
    wanted = params["wanted"]
    reason = _wrong(response, wanted)
    loose = not reason or any(not _wrong(line, wanted) for line in response.splitlines())
    inside = max(
        (bare for t in (response, *response.splitlines()) if _pure(bare := _bare(t), wanted)), key=len, default=""
    )
    counts = Counter(inside.lower())
    capitals = sum(c != c.lower() for c in inside) / len(inside) if inside else None
    distance = float(sum(abs(counts[letter] - n) for letter, n in wanted.items())) if inside else None
    return Checked(not reason, reason, loose, {"capitals": capitals, "off by": distance})


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text).strip(_QUOTES)


def _pure(bare: str, wanted: dict[str, int]) -> bool:
    return bool(bare) and set(bare.lower()) <= wanted.keys()


def _wrong(text: str, wanted: dict[str, int]) -> str:
    bare = _bare(text)
    if not _pure(bare, wanted):
        return "other characters" if bare else "empty"
    counts = Counter(bare.lower())
    off = {letter: counts[letter] - n for letter, n in wanted.items() if counts[letter] != n}
    return f"too {'few' if min(off.values()) < 0 else 'many'} letters" if off else ""


def _spoil(random: Random, right: str, letter: str, difficulty: str) -> tuple[str, str]:
    error = random.randint(*_ERRORS[difficulty])
    sequence = list(right)
    have = sequence.count(letter)
    fewer = random.random() < 0.5 and have > 1  # as often as more: length alone must not give the right side away
    error = min(error, have - 1) if fewer else error
    for _ in range(error):
        at = random.choice([i for i, c in enumerate(sequence) if c == letter])
        if fewer:
            del sequence[at]
        else:
            sequence.insert(at, letter)
    return "".join(sequence), f"{error} too {'few' if fewer else 'many'}"
