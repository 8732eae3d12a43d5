"""Parsing of a judge's list, counting of votes, and the request."""

from __future__ import annotations

import pytest

from spar_data.models import Completion, Failure, Unparsed
from spar_eval.benchmarks.followbench.data import LeveledPrompt, PromptGroup
from spar_eval.benchmarks.followbench.judging import count_lists, judge_request, parse_list

Y, N = True, False


@pytest.mark.parametrize(
    ("reply", "n", "verdicts"),
    [
        ("Analysis.\n['YES', 'NO']", 2, (Y, N)),
        ('1. fine\n2. fine\n["YES", "YES"]', 2, (Y, Y)),
        ("[yes, No, YES]", 3, (Y, N, Y)),
        ("**['YES', 'NO']**", 2, (Y, N)),
        ("```python\n['NO']\n```", 1, (N,)),
        ("[\n  'YES',\n  'NO',\n]", 2, (Y, N)),
        ("[‘YES’, ’NO’]", 2, (Y, N)),
        ("[`YES`, **NO**]", 2, (Y, N)),
        ("Each is 'YES' or 'NO': ['YES', 'NO', 'YES'] would be a form.\n['NO', 'NO']", 2, (N, N)),
        ("['YES', 'NO']\nThis is my judgement [1].", 2, (Y, N)),
        ("YES", 1, (Y,)),
        ("It does not meet it.\n\n**No.**", 1, (N,)),
        ("so:\nYES, NO", 2, (Y, N)),
        ("['YES', 'PARTIAL', 'N/A']", 3, (Y, None, None)),
        ("['MAYBE']", 1, (None,)),
        ("[['YES', 'NO']]", 2, (Y, N)),
    ],
)
def test_parses(reply: str, n: int, verdicts: tuple[bool | None, ...]) -> None:
    assert parse_list(reply, n) == verdicts


@pytest.mark.parametrize(
    ("reply", "n", "reason"),
    [
        ("['YES', 'NO', 'YES']", 2, "3 verdicts for 2 constraints"),
        ("['YES']", 2, "1 verdicts for 2 constraints"),
        ("['YES', 'NO', ...]", 2, "'...' in the list"),
        ("['YES', 'SURE']", 2, "'SURE' in the list"),
        ("[YES NO]", 2, "no list"),
        ("['YES' or 'NO']", 1, "no list"),
        ("YES, the answer satisfies it, so YES.", 1, "no list"),
        ("The last line says YES somewhere", 1, "no list"),
        ("Nothing of NOTE, YESterday", 1, "no list"),
        ("['YES', 'NO'] at first, but then NO to both", 2, "after the list"),
        ("['YES']\nNo, wait: the first one fails.", 1, "after the list"),
        ("1: ['YES']\n2: ['NO']", 2, "1 verdicts for 2"),
        ("[True, False]", 2, "no list"),
        ("[__import__('os').system('true')]", 1, "no list"),
        ("[" * 5000, 1, "no list"),
        ("", 1, "no list"),
        ("error", 1, "no list"),
    ],
)
def test_does_not_parse(reply: str, n: int, reason: str) -> None:
    unparsed = parse_list(reply, n)
    assert isinstance(unparsed, Unparsed)
    assert reason in unparsed.reason


@pytest.mark.parametrize(
    ("replies", "satisfied"),
    [
        (["['YES']"], True),
        (["['NO']"], False),
        (["['PARTIAL']"], None),
        (["['YES']", "['YES']", "['NO']"], True),
        (["['YES']", "['NO']"], None),  # a tie
        (["['YES']", "['YES']", "who knows"], True),
        (["['YES']", "who knows", None], None),  # one valid vote of three
        (["['NO']", "['MAYBE']", None], None),
        (["['YES']", "who knows", "who knows", None, None], None),
        ([None, None], None),
    ],
)
def test_a_verdict_needs_more_than_half_of_the_votes(replies: list[str | None], satisfied: bool | None) -> None:
    answers = [Completion(reply) if reply else Failure("status 500") for reply in replies]
    votes = count_lists(answers, 1)
    assert votes.satisfied == (satisfied,)
    assert (len(votes.unparsed), len(votes.failed)) == (replies.count("who knows"), replies.count(None))


def test_votes_are_counted_for_each_constraint() -> None:
    replies = ["['YES', 'YES', 'NO']", "['YES', 'NO', 'NO']", "['NO', 'PARTIAL', 'NO']", "who knows"]
    votes = count_lists([*map(Completion, replies), Failure("status 500")], 3)
    assert votes.satisfied == (True, None, False)
    assert votes.reasons[0] == ("judge: 2 YES, 1 NO on constraint 1 of 3 (no list of YES and NO; status 500)")
    assert votes.reasons[1].endswith("; neither YES nor NO)")
    assert votes.replies[3:] == ("who knows", "no reply: status 500")


def test_the_judge_sees_how_the_instruction_grew_up_to_the_level() -> None:
    prompts = tuple(LeveledPrompt("style", 1, level, "x", f"I{level} {{answer}}", "", "") for level in range(6))
    request = judge_request(PromptGroup(prompts), prompts[2], "A {path}", votes=1)
    text = request.messages[0].content
    assert text.index("I0 {answer}") < text.index("I1 {answer}") < text.index("I2 {answer}") < text.index("A {path}")
    assert "I3" not in text
    assert "exactly 2 elements" in text
    assert (request.temperature, request.n) == (0.0, 1)
    several = judge_request(PromptGroup(prompts), prompts[1], "A", votes=3)
    assert "exactly 1 element," in several.messages[0].content
    assert (several.temperature, several.n) == (0.7, 3)
