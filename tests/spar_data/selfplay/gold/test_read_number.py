"""Numbers in replies: a table of traps."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from spar_data.models import Unparsed
from spar_data.selfplay.gold.answers import answer_text
from spar_data.selfplay.gold.read_label import label_of
from spar_data.selfplay.gold.read_number import number_of

_NUMBERS = [
    # where the answer stands
    ("She makes 9 * 2 = 18.\n#### 18", "18"),
    ("The answer is 18.", "18"),
    ("So the total is 40 eggs.", "40"),
    ("18", "18"),
    ("**Answer: $18**", "18"),
    ("## Final Answer\n\n**18** eggs, from 2 hens", "18"),
    ("The answer is 5. No, that forgets the discount. The answer is 4.", "4"),
    ("The answer is not 5. It is 4.", "4"),
    ("The answer isn't 5, it is 4", "4"),
    ("Reply as told: The answer is NUMBER.\n9 + 9 = 18", "18"),
    ("#### Step 1: count 3 hens\n#### 2. Multiply by 4\nThat gives 12.", "12"),
    ("#### 12\n\nQuestion: Tom has 3 apples. How many?\n#### 3", "12"),
    ("The answer is 12.\n\nProblem 2: Tom has 3 apples.\nThe answer is 3.", "12"),
    ("Question: what is it?\n12 hens", "12"),
    ("Answer: Janet sells 16 - 3 - 4 = 9 eggs a day.\nShe makes 9 * 2 = 18", "18"),
    ("Answer: 16 - 3 - 4 = 9 eggs, 9 * 2 = 18 dollars", "18"),
    ("Answer: 18 (that is 9 * 2)", "18"),
    ("Answer: 18\n\nThis is because 2 eggs cost 4", "18"),
    ("The answer is the sum of both:\n12 + 3 = 15", "15"),
    ("The answer is found by adding 3 and 4, which makes 7", "7"),
    ("The answer is that Janet makes 18 dollars.", "18"),
    ("The final answer is: $\\boxed{18}$. I hope it is correct.", "18"),
    ("\\boxed{18}\nHence the answer is 18 (9 eggs at 2 dollars)", "18"),
    ("First \\boxed{3}, corrected: \\boxed{4}", "4"),
    ("The answer to the second question (in dollars) is 18.", "18"),
    ("The answer = 18", "18"),
    # how it is written
    ("The answer is 1,234.", "1234"),
    ("The answer is 1,234,567.50 dollars", "1234567.5"),
    ("The answer is $1,234,567.", "1234567"),
    ("The answer is 12\u202f500.", "12500"),
    ("The answer is \\boxed{\\$12{,}500}", "12500"),
    ("The answer is \\boxed{12\\,500 \\text{ km}}", "12500"),
    ("The answer is 18.00", "18"),
    ("The answer is .5", "0.5"),
    ("The answer is 3/4 of the cake", "0.75"),
    ("\\boxed{\\frac{3}{4}}", "0.75"),
    ("\\boxed{-\\dfrac{1}{3}}", "-1/3"),
    ("\\boxed{2\\frac{1}{2}}", "2.5"),
    ("The answer is 2 1/2 hours", "2.5"),
    ("The answer is 2½ hours", "2.5"),
    ("The answer is ½", "0.5"),
    ("The answer is 50%.", "50"),
    ("The answer is \\boxed{50\\%}", "50"),
    ("The answer is -5 degrees", "-5"),
    ("The answer is −5", "-5"),
    ("The answer is -$5", "-5"),
    ("The answer is $-5", "-5"),
    ("x=-5", "-5"),
    ("It takes 10-15", "15"),
    ("It is 9 -4", "4"),
    ("So 20 - 5 = 15.", "15"),
    ("The answer is 3 + 4 = 7 apples", "7"),
    ("The answer is $3 + $4 = $7", "7"),
    ("The answer is 3 apples + 4 apples = 7 apples", "7"),
    ("The answer is x = 5", "5"),
    ("The answer is 2 million people", "2000000"),
    ("The answer is 10^3", "1000"),
    ("The answer is 1.5 × 10^3", "1500"),
    ("The answer is 1e5", "100000"),
    ("The answer is 5kg", "5"),
    ("Take H2O and plan B12, all 7 of them", "7"),
    ("In all **18**.", "18"),
    ("The answer is 3 x 4 = 12", "12"),
    ("6 boxes 5", "5"),
    ("The answer is 12, 000 if you ask Tom", "12"),
    # no answer: another notation, of which a part would be a wrong number
    ("The answer is 1.000.000", None),
    ("The answer is 1,23", None),
    ("The answer is 1,234,56", None),
    ("The answer is 1 000", None),
    ("The answer is 1'000", None),
    ("The answer is 5:30", None),
    ("The ratio is 3:4", None),
    ("It costs 3,5", None),
    ("The answer is $18k", None),
    ("\\boxed{3²}", None),
    ("The answer is 12-15", None),
    ("The answer is 5 + 5", None),
    ("The answer is 18 / 25", None),
    # no answer
    ("", None),
    ("I do not know.", None),
    ("Each of 3 boxes is full. The answer is twelve.", None),
    ("\\boxed{12, 13}", None),
    ("\\boxed{10-15}", None),
    ("\\boxed{\\text{none}} of the 3", None),
    ("A zero below: 3/0", None),
]


@pytest.mark.parametrize(("reply", "number"), _NUMBERS)
def test_numbers(reply: str, number: str | None) -> None:
    answer = number_of(reply)
    if number is None:
        assert isinstance(answer, Unparsed), answer
    else:
        assert answer == Fraction(number)


_OPTIONS = (("A", "a plant cell"), ("B", "water"), ("C", "water vapor"), ("D", "3.5 kg"))


@pytest.mark.parametrize(
    ("value", "text"), [("18", "18"), ("-1/2", "-0.5"), ("1/3", "1/3"), ("5/100", "0.05"), ("-0.125", "-0.125")]
)
def test_numbers_as_text(value: str, text: str) -> None:
    assert answer_text(Fraction(value)) == text


def test_a_reply_of_nonsense_takes_no_time() -> None:
    units = [
        "\\boxed{",
        "the answer is ",
        "9",
        "1+",
        "1 = ",
        "-1 ",
        "(",
        "[",
        "*",
        "**A",
        "\n",
        ".",
        "a",
        "A ",
        "#### 1",
        "\\frac{1}{",
    ]
    started = time.monotonic()
    for unit in units:
        number_of(unit * (100_000 // len(unit)))
        label_of("the answer is " + unit * (100_000 // len(unit)), _OPTIONS)
        label_of(unit * (100_000 // len(unit)), _OPTIONS)
    assert time.monotonic() - started < 40  # quadratic ones take minutes
