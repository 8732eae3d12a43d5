"""Gold answers: a number (GSM8K) or a label out of several (ARC), and whether a reply gives the same answer.

A reply names its answer after `####`, in `\\boxed{}`, or after words like "the answer is" or "Answer:"; the last of these
counts, since models correct themselves. A reply that names no answer answers with its last number, or with its only label.
An answer that is named but cannot be read is `Unparsed`, neither right nor wrong: nothing else in the reply replaces it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from spar_data.models import Unparsed
from spar_data.selfplay.gold.read_label import label_of
from spar_data.selfplay.gold.read_number import number_of, only_number

GoldAnswer = Fraction | str


@dataclass(frozen=True)
class Gold:
    """The right answer. Numbers are compared exactly: 0.33 is not 1/3.

    options: label and text of each option, in order; none if the answer is a number.
    """

    answer: GoldAnswer
    options: tuple[tuple[str, str], ...] = ()

    def read(self, reply: str) -> GoldAnswer | Unparsed:
        """The answer that a reply gives."""
        return label_of(reply, self.options) if self.options else number_of(reply)


def gold_number(solution: str) -> Fraction | Unparsed:
    """The number after the last `####` of a GSM8K solution. Nothing else may follow the mark."""
    _, mark, tail = solution.rpartition("####")
    return only_number(tail) if mark else Unparsed("no ####")


def answer_text(value: GoldAnswer) -> str:
    """18, -3, 0.5, 1/3: decimals where they are finite."""
    if isinstance(value, str) or value.denominator == 1:
        return str(value)
    digits = next((d for d in range(1, 20) if (value * 10**d).denominator == 1), 0)
    if not digits:
        return str(value)
    scaled = str(abs(int(value * 10**digits))).rjust(digits + 1, "0")
    return f"{'-' if value < 0 else ''}{scaled[:-digits]}.{scaled[-digits:]}"
