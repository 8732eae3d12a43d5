"""Gold answers: a number (GSM8K) or a label out of several (ARC), and whether a reply answers the same.

A reply names its answer after `####`, in `\\boxed{}`, or after words like "the answer is" or "Answer:"; the last of these
counts, since models correct themselves. A reply that names it nowhere answers with its last number, or with its only label.
What names an answer that cannot be read is `Unparsed`, which is neither right nor wrong: nothing else stands in for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from spar_data.models import Unparsed
from spar_data.selfplay.gold.read_label import label_of
from spar_data.selfplay.gold.read_number import number_of, only_number

Answer = Fraction | str


@dataclass(frozen=True)
class Number:
    """Compared exactly: 0.33 is not 1/3."""

    value: Fraction

    def answer(self, reply: str) -> Fraction | Unparsed:
        return number_of(reply)

    def right(self, answer: Answer) -> bool:
        return answer == self.value

    def __str__(self) -> str:
        return text_of(self.value)


@dataclass(frozen=True)
class Choice:
    """options: label and text, in order."""

    label: str
    options: tuple[tuple[str, str], ...]

    def answer(self, reply: str) -> str | Unparsed:
        return label_of(reply, self.options)

    def right(self, answer: Answer) -> bool:
        return answer == self.label

    def __str__(self) -> str:
        return self.label


Gold = Number | Choice


def gold_number(solution: str) -> Fraction | Unparsed:
    """The number after the last `####` of a GSM8K solution. Nothing else may stand there."""
    _, mark, tail = solution.rpartition("####")
    return only_number(tail) if mark else Unparsed("no ####")


def text_of(value: Answer) -> str:
    """18, -3, 0.5, 1/3: decimals where they are finite."""
    if isinstance(value, str) or value.denominator == 1:
        return str(value)
    digits = next((d for d in range(1, 20) if (value * 10**d).denominator == 1), 0)
    if not digits:
        return str(value)
    scaled = str(abs(int(value * 10**digits))).rjust(digits + 1, "0")
    return f"{'-' if value < 0 else ''}{scaled[:-digits]}.{scaled[-digits:]}"
