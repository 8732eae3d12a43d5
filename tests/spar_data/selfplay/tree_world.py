"""A refiner and a judge whose answers depend on the text alone, and the trees that a plain loop grows with them.

A text is a line "tree/0/2": child 2 of child 0 of the negative "tree". Some children are copies, unparsed or unchanged.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Any

from server import Reply

from spar_data.ids import row_id
from spar_data.selfplay.records import Sample, Votes

_OUTPUT = re.compile("Output: “([^”]*)”")
JUDGEMENT = "Step-by-step verification: wrong\nFinal Judgement (if the Output accurately follows the Prompt): No"


def negative(name: str) -> Sample:
    votes = Votes(["No"] * 5, [JUDGEMENT] * 5, "No", 0.0, JUDGEMENT, "")
    return Sample(row_id("sample", name), row_id(name), f"Write {name}.", 0, name, "", "", votes, "actor", "judge")


def negatives(number: int) -> list[Sample]:
    return [negative(f"t{i}") for i in range(number)]


def child(text: str, i: int, plain: bool = False) -> str:
    """The refiner's reply for child i of a text."""
    draw = random.Random(f"child {text} {i}")
    kind = 1.0 if plain else draw.random()
    if kind < 0.06:
        return "I would rather not."
    refined = text if kind < 0.12 else text.partition("/")[0] if kind < 0.18 else f"{text}/{0 if kind < 0.25 else i}"
    return f"Reflection {i}.\nFinal Refined Output: [[start]] {refined} [[end]]"


def vote(text: str, i: int, plain: bool = False, often: float = 1.0) -> str:
    """The judge's reply number i about a text."""
    if not plain and random.Random(f"vote {text} {i}").random() < 0.1:
        return "Hard to say."
    yes = random.Random(f"good {text}").random() ** (2 / often) > random.Random(f"vote of {text} {i}").random()
    return f"Step-by-step verification: number {i} on {text}\nFinal Judgement (if ...): {'Yes' if yes else 'No'}"


def answers(
    plain: bool = False, often: float = 1.0, delay: Callable[[], float] = lambda: 0.0
) -> Callable[[str, int], Any]:
    """For a ScriptedServer(whole=True): choice i of every call is sample i."""

    def answer(messages: str, nth: int) -> Reply:
        found = _OUTPUT.search(messages)
        assert found
        refine = "[[start]]" in messages
        make = (lambda t, i: child(t, i, plain)) if refine else (lambda t, i: vote(t, i, plain, often))
        return Reply(texts=tuple(make(found[1], i) for i in range(16)), delay=delay())

    return answer
