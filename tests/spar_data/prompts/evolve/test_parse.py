"""Replies of a teacher, with the traps that real ones set."""

from __future__ import annotations

import pytest

from spar_data.prompts.evolve.outcomes import Dropped
from spar_data.prompts.evolve.parse import parse_evolved

SEED = "Write about tea."


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("[[start]]Write about tea in 5 lines.[[end]]", "Write about tea in 5 lines."),
        (
            "Sure!\n[[start]]\nWrite about tea.\nUse no commas.\n[[end]]\nHope it helps",
            "Write about tea.\nUse no commas.",
        ),
        ("I will answer between [[start]] and [[end]].\n[[start]]Tea, but short.[[end]]", "Tea, but short."),
        ("[[start]]Draft[[end]] better: [[start]]Final tea prompt[[end]]", "Final tea prompt"),
        ("[[start]]```\nTea in JSON.\n```[[end]]", "Tea in JSON."),
        ("[[start]]Prompt: Tea in rhyme.[[end]]", "Tea in rhyme."),
        (
            "[[start]]None of the tea may be green. Write about it.[[end]]",
            "None of the tea may be green. Write about it.",
        ),
    ],
)
def test_prompts(reply: str, expected: str) -> None:
    assert parse_evolved(reply, SEED) == expected


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        ("None", "teacher answered None"),
        ("none.", "teacher answered None"),
        ("[[start]]NONE[[end]]", "teacher answered None"),
        ('[[start]] "None" [[end]]', "teacher answered None"),
        ("Tea is a drink made from leaves.", "unparsable: no [[start]]"),
        ("[[start]]Write about tea and", "unparsable: no [[end]]"),
        ("Write about tea[[end]]", "unparsable: no [[start]]"),
        ("[[start]]done[[end]] and again [[start]]cut off", "unparsable: no [[end]]"),
        ("[[start]]  [[end]]", "unparsable: empty block"),
        ("[[start]]the new prompt[[end]]", "unparsable: empty block"),
        ("[[start]]a [[end]] b[[end]]", "unparsable: nested markers"),
        ("[[start]]Write  about\ntea.[[end]]", "unchanged"),
        ("", "unparsable: no [[start]]"),
    ],
)
def test_drops(reply: str, reason: str) -> None:
    assert parse_evolved(reply, SEED) == Dropped(reason)


def test_a_seed_that_holds_markers() -> None:
    seed = "Explain what [[start]] and [[end]] do."
    assert parse_evolved(f"[[start]]{seed} Be brief.[[end]]", seed) == f"{seed} Be brief."
