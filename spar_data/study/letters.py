"""Task 1, character sequences with exact numbers of some letters. Case interferes.

Only counts decide what is right, and the prompt says that case is free. The refined side is the wrong sequence with the fewest
letters inserted or deleted; the sampled side is the refined one in capitals. So the arms differ in case and nothing else.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from random import Random

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_data.models import fill
from spar_data.study.config import StudyConfig
from spar_data.study.items import CheckedResponse, StudyItem, StudyTask

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


def settings(config: StudyConfig) -> dict[str, JsonValue]:
    """Raises SparError for an impossible alphabet, or too few different sequences."""
    (least, most), (fewest, greatest), alphabet = config.span("kinds"), config.span("counts"), config.alphabet
    odd = [c for c in alphabet if c == c.upper() or c.upper().lower() != c or len(c.upper()) != 1]
    if odd or len(set(alphabet)) != len(alphabet):
        raise SparError(f"alphabet = {alphabet!r}: small letters that have capitals are expected, each once")
    if len(alphabet) < most:
        raise SparError(f"kinds: up to {most} different letters, but the alphabet has {len(alphabet)}")
    needed = (config.size + config.eval_size) // (most - least + 1)
    different = math.comb(len(alphabet), least) * (greatest - fewest + 1) ** least
    if NAME in config.tasks and 2 * needed > different:  # drawing nearly all of them takes for ever
        raise SparError(
            f"about {needed:,} sequences of {least} different letters are needed, and there are {different:,}: at most "
            "half of these can be drawn. More kinds, counts or letters, or a smaller size or eval-size, are expected"
        )
    return {
        "difficulty": config.difficulty, "kinds": [least, most], "counts": [fewest, greatest], "alphabet": alphabet,
        "capitals": config.capitals,
    }  # fmt: skip


def make(random: Random, config: StudyConfig, test: bool = False) -> StudyItem:
    letters = sorted(random.sample(config.alphabet, random.randint(*config.span("kinds"))))
    counts = config.span("counts")
    wanted = {letter: random.randint(*counts) for letter in letters}
    sequence = [letter for letter in letters for _ in range(wanted[letter])]
    if random.random() < 0.5:  # half of the sequences are in blocks
        random.shuffle(sequence)
    right = "".join(sequence)
    wrong, flaw = _spoil(random, right, random.choice(letters), config.difficulty)
    sampled = right.upper() if random.random() < config.capitals else right
    what = " and ".join(f'exactly {n} of the letter "{letter}"' for letter, n in wanted.items())
    prompt = fill(random.choice(_PROMPTS), what=what)
    return StudyItem(prompt, {"wanted": {**wanted}}, wrong, right, sampled, flaw)


def check(response: str, wanted: dict[str, int]) -> CheckedResponse:
    """Passed: the response holds exactly these numbers of letters and nothing else, white space and outer quotes aside.

    Loose: one line of the response passes. The measures are taken from the whole response, or from its longest line, that
    holds such letters only.
    """
    reason = _fault(response, wanted)
    loose = not reason or any(not _fault(line, wanted) for line in response.splitlines())
    sequence = max(
        (bare for t in (response, *response.splitlines()) if _is_pure(bare := _bare(t), wanted)), key=len, default=""
    )
    counts = Counter(sequence.lower())
    capitals = sum(c != c.lower() for c in sequence) / len(sequence) if sequence else None
    distance = float(sum(abs(counts[letter] - n) for letter, n in wanted.items())) if sequence else None
    return CheckedResponse(not reason, reason, loose, {"capitals": capitals, "off by": distance})


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text).strip(_QUOTES)


def _is_pure(bare: str, wanted: dict[str, int]) -> bool:
    return bool(bare) and set(bare.lower()) <= wanted.keys()


def _fault(text: str, wanted: dict[str, int]) -> str:
    """Says what is wrong with a text; "" if nothing is."""
    bare = _bare(text)
    if not _is_pure(bare, wanted):
        return "other characters" if bare else "empty"
    counts = Counter(bare.lower())
    off = {letter: counts[letter] - n for letter, n in wanted.items() if counts[letter] != n}
    return f"too {'few' if min(off.values()) < 0 else 'many'} letters" if off else ""


def _spoil(random: Random, right: str, letter: str, difficulty: str) -> tuple[str, str]:
    """The sequence with too many or too few of a letter, and the flaw in words."""
    error = random.randint(*_ERRORS[difficulty])
    sequence = list(right)
    count = sequence.count(letter)
    fewer = random.random() < 0.5 and count > 1  # as often as more: length alone must not give the right side away
    error = min(error, count - 1) if fewer else error
    for _ in range(error):
        at = random.choice([i for i, c in enumerate(sequence) if c == letter])
        if fewer:
            del sequence[at]
        else:
            sequence.insert(at, letter)
    return "".join(sequence), f"{error} too {'few' if fewer else 'many'}"


LETTERS = StudyTask(NAME, settings, make, check)
