"""Two outputs side by side: choices in replies, votes of one order, the request."""

from __future__ import annotations

import pytest

from spar_data.models import Completion, Failure, Unparsed
from spar_eval.benchmarks.llmbar.pairwise import compare_request, count_places, parse_choice

_BETTER = "Better Output:"


@pytest.mark.parametrize(
    ("reply", "place"),
    [
        (f"Step-by-step comparison: ...\n{_BETTER} A", 1),
        (f"{_BETTER} (B)", 2),
        (f"{_BETTER} **B**", 2),
        (f"**{_BETTER}** Output B", 2),
        (f"{_BETTER} Output (b)", 2),
        (f"{_BETTER} [A]", 1),
        ("### Better Output\nA.", 1),
        ("better output: b", 2),
        (f"{_BETTER} A, because it is shorter", 1),
        (f"{_BETTER} B because it is shorter", 2),
        (f"{_BETTER} “A”", 1),
        (f"{_BETTER} (A or B) B", 2),
        ("Better Output (A or B): A", 1),
        (f"{_BETTER} A\n\nOn reflection.\n{_BETTER} B", 2),
        (f"The form is '{_BETTER} (A or B)'.\n{_BETTER} A", 1),
        (f"{_BETTER} (A or B)", None),
        (f"{_BETTER} A/B", None),
        (f"{_BETTER} A and B are equally good", None),
        (f"{_BETTER} A, B", None),
        ("I looked for the better output:\nOutput A: fine\nOutput B: poor", None),
        ("Which is the better output?\nBetter Output:\nOutput A\nOutput B", None),
        (f"{_BETTER} A\nB is too long", 1),
        (f"{_BETTER} *A*!", 1),
        (f"{_BETTER} A (it is shorter)", 1),
        (f"{_BETTER} A — shorter", 1),
        (f"{_BETTER} a tie", None),
        (f"{_BETTER} A tie", None),
        (f"{_BETTER} both", None),
        (f"{_BETTER} neither", None),
        (f"{_BETTER} Answer", None),
        (_BETTER, None),
        ("A", None),
        ("", None),
    ],
)
def test_choices(reply: str, place: int | None) -> None:
    parsed = parse_choice(reply)
    assert parsed == place if place else isinstance(parsed, Unparsed), parsed


def test_votes_of_one_order() -> None:
    replies = {"A": f"{_BETTER} A", "B": f"{_BETTER} B", "?": "hm"}

    def vote(votes: str) -> tuple[int | None, str]:
        counted = count_places([Failure("length") if v == "F" else Completion(replies[v]) for v in votes])
        return counted.place, counted.problem

    assert vote("AAB") == (1, "") and vote("ABB?") == (2, "") and vote("AA?F") == (None, "unparsed")
    assert vote("A?F") == vote("A????") == (None, "unparsed"), "more than half of the votes have to choose"
    assert vote("AB") == (None, "tie") and vote("??F") == (None, "unparsed") and vote("FF") == (None, "failed")


def test_the_request_keeps_braces() -> None:
    text = compare_request("{first}", "{second}", "{prompt} {0}").messages[0].content
    assert "“{first}”" in text and "Output A: “{second}”" in text and "Output B: “{prompt} {0}”" in text
