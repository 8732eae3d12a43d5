"""Labels in replies: a table of traps."""

from __future__ import annotations

import pytest

from spar_data.models import Unparsed
from spar_data.selfplay.gold.read_label import label_of

_OPTIONS = (("A", "a plant cell"), ("B", "water"), ("C", "water vapor"), ("D", "3.5 kg"))
_LABELS = [
    ("The answer is B.", "B"),
    ("The answer is (b).", "B"),
    ("**Answer:** C) water vapor", "C"),
    ("Answer: $\\boxed{\\text{C}}$", "C"),
    ("\\boxed{D}", "D"),
    ("B", "B"),
    ("b.", "B"),
    ("(D)", "D"),
    ("B) water", "B"),
    ("B. It boils.", "B"),
    ("Plants drink.\nSo the correct option is C, because it is a gas.", "C"),
    ("I choose B since it is wet", "B"),
    ("Therefore, C is the correct answer.", "C"),
    ("Option A is wrong, so the answer is D", "D"),
    ("The answer is A? No. The answer is B.", "B"),
    ("The answer is not A. The answer is B.", "B"),
    ("The answer is water vapor.", "C"),
    ("The answer is water.", "B"),
    ("The answer is a plant cell.", "A"),
    ("The answer is A plant cell", "A"),
    ("Water vapor", "C"),
    ("It has to be (C), the gas.", "C"),
    ("The answer is LETTER.\nThe answer is B", "B"),
    ("The answer is 3.5 kg", "D"),
    ("The answer is: B\n\nQuestion: another?\nThe answer is A", "B"),
    ("A plant drinks it.", None),
    ("a plant needs much of it", None),
    ("Both (A) and (B) look right.", None),
    ("The answer is A or B.", None),
    ("Answer: A, C", None),
    ("The answer is clearly the third one.", None),
    ("The answer is Apple.", None),
    ("A) a plant cell\nB) water\nC) water vapor\nD) 3.5 kg", None),
    ("", None),
]


@pytest.mark.parametrize(("reply", "label"), _LABELS)
def test_labels(reply: str, label: str | None) -> None:
    answer = label_of(reply, _OPTIONS)
    assert (None if isinstance(answer, Unparsed) else answer) == label, answer


def test_labels_that_are_digits() -> None:
    options = (("1", "iron"), ("2", "gold"), ("3", "tin"))
    assert label_of("The answer is 3.", options) == "3" and label_of("(2)", options) == "2"
    assert isinstance(label_of("The answer is 3.5", options), Unparsed)
