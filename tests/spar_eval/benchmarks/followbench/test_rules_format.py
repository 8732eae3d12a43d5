"""The rules of the two format instructions, official and fixed, worked out by hand."""

from __future__ import annotations

import pytest

from spar_eval.benchmarks.followbench.data import LeveledPrompt
from spar_eval.benchmarks.followbench.rules import check_by_rules, has_rule

_LONG = " ".join(["word"] * 22)
_POINT = "**{}. Growth: innovation brings new jobs and growth to all our towns."
_POINTS = "\n".join(_POINT.format(i) for i in range(1, 6))
_FLAT = "\n".join(f"**{i} Growth: innovation brings new jobs and growth to all of our towns." for i in range(1, 6))
_BOLD = "\n".join(f"{i}. **Growth**: innovation brings new jobs and growth to all of our towns." for i in range(1, 6))


def _format(number: int, level: int) -> LeveledPrompt:
    return LeveledPrompt("format", number, level, "koala", "instruction", "", "")


@pytest.mark.parametrize(
    ("prompt", "response", "official", "fixed"),
    [
        (_format(22, 1), "a\n\nb\n\nc", True, True),
        (_format(22, 1), "a\n\nb\n\nc\n\n", False, True),
        (_format(22, 2), "a. b. c\n\nb\n\nc", False, False),
        (_format(22, 3), f"{_LONG}\n\n{_LONG}\n\n{_LONG}", True, True),
        (_format(22, 3), f"{_LONG}.\n\n{_LONG}.\n\nshort", False, False),
        (_format(22, 3), f"{_LONG}\n\n{_LONG}\n\nshort", True, False),  # without marks it is one sentence
        (_format(22, 4), f"1. {_LONG}\n\n2. {_LONG}\n\n3. {_LONG}", False, True),  # "1" is a sentence of one word
        (_format(22, 4), "\n\n\n\n", False, False),
        (_format(22, 5), f"1. {_LONG}.\n\n2. {_LONG}.\n\n3. {_LONG}.\n\nThose are suggestions.", False, True),
        (_format(22, 5), f"1. {_LONG}.\n\n2. {_LONG}.\n\n3. {_LONG}.", False, False),
        (_format(30, 1), "**", True, True),
        (_format(30, 2), _POINTS, True, True),
        (_format(30, 2), _BOLD, False, True),  # officially a keyword must have number and colon, asked for at no level
        (_format(30, 2), _BOLD.replace("brings", "is here. It brings"), False, False),
        (_format(30, 4), _POINTS, False, True),  # "**1." is a sentence of one word
        (_format(30, 5), _POINTS.replace("1.", "1").replace("2.", "2"), False, True),
        (_format(30, 5), _FLAT, True, True),
        (_format(30, 5), _FLAT.replace("new", "quickly"), True, False),
        (_format(30, 5), _FLAT.replace("new", "family"), True, True),
        (_format(30, 5), _FLAT.replace("new", "new-ly"), False, False),
        (_format(30, 5), _FLAT.replace("new jobs and ", ""), True, False),  # ten words with number and keyword
        (_format(30, 5), _FLAT.replace("new jobs and growth", ""), False, False),
        (_format(30, 5), _BOLD, False, True),
        (_format(30, 5), _BOLD.replace("1. **Growth**: i", "1. I"), False, False),
        (_format(30, 1), "no marker", False, False),
    ],
)
def test_rules(prompt: LeveledPrompt, response: str, official: bool, fixed: bool) -> None:
    assert has_rule(prompt)
    assert all(ruling.passed for ruling in check_by_rules(prompt, response, "official")) is official
    assert all(ruling.passed for ruling in check_by_rules(prompt, response, "fixed")) is fixed


def test_every_constraint_of_the_level_has_a_ruling_with_a_reason() -> None:
    for number in (22, 30):
        for checker in ("official", "fixed"):
            rulings = check_by_rules(_format(number, 4), _POINTS, checker)
            assert len(rulings) == 4 and all(ruling.reason for ruling in rulings)
    assert check_by_rules(_format(22, 1), "one")[0].reason == "3 paragraphs wanted, 1 found"
