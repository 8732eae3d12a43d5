"""Where a reply names its answer."""

from __future__ import annotations

import pytest

from spar_data.selfplay.gold.answer_marks import first_problem, label_marks, number_marks


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("The answer is 18.", ["18."]),
        ("#### 18", ["18"]),
        ("#### Step 2: add the eggs", []),
        ("so \\boxed{3 + \\frac{1}{2}} eggs", ["3 + \\frac{1}{2}"]),
        ("The answer is 3. No, the final answer: 4", ["3. No, the final ", "4"]),
    ],
)
def test_marks_of_numbers(text: str, answers: list[str]) -> None:
    assert [text[mark.end : mark.stop] for mark in number_marks(text)] == answers


def test_marks_of_labels() -> None:
    assert [text.boxed for text in label_marks("I choose B. \\boxed{C}")] == [False, True]
    assert label_marks("Wood burns.") == []


def test_problems_that_a_model_makes_up_are_cut_off_once_it_has_answered() -> None:
    assert first_problem("The answer is 3.\nQuestion: How many more?\nThe answer is 4.") == "The answer is 3."
    restated = "Question: How many?\nProblem: count them.\nThe answer is 3."
    assert first_problem(restated) == restated
