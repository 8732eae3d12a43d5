"""The smallest edit by rules: constraints in conflict, little change, replies, and the prompts of the release."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from spar_data.constraints import run_checker
from spar_data.core.records import Constraint
from spar_data.models import Completion, Failure
from spar_data.selfplay.judge.checkers import judge_by_checkers
from spar_data.selfplay.refine.by_rules import refine_by_rules, reflection, reply
from spar_data.selfplay.refine.prompt import parse_refinement
from spar_data.selfplay.refine.similarity import similarity
from spar_data.sources.release_prompts import read_prompts

RELEASE = Path(__file__).parents[4] / "releases/spar-mini-1.0.0/data/prompts.parquet"
TEXT = (
    "A garden needs patience, water and light. The soil should be loose; the beds should lie in the sun. Start with "
    "herbs, which forgive mistakes!\n\nThen try tomatoes. They need a lot of water. They also need support, and you "
    "should cut them every week."
)


def row(checker: str, said: str = "do it", covers: str = "whole", **params: Any) -> Constraint:
    return Constraint("x.y.z", said, checker, covers, params)


def passes(text: str | None, rows: list[Constraint]) -> bool:
    return text is not None and all(run_checker(r.checker, text, r.params).passed for r in rows if r.checker)


CONFLICTS = {
    "a cut takes a keyword away": [
        row("length.words", relation="at most", n=25), row("keyword.include", words=["tomatoes", "herbs"]), row("punctuation.ends", mark="?"),
    ],
    "additions bring commas, capitals and marks": [
        row("punctuation.absent", mark=","), row("character.lowercase"), row("symbol.placeholders", n=3), row("numbers.integers", n=2),
    ],
    "a frame round an end": [
        row("template.wrapped", opening="[BEGIN]", closing="[END]"), row("character.capital_words", relation="exactly", n=3),
        row("text_format.bullets", n=4), row("length.characters", relation="less than", n=350),
    ],
    "sentences are counted while some are added": [
        row("length.sentences", relation="exactly", n=7), row("sentence.starts", text="Start small."), row("keyword.frequency", word="soil", relation="at least", n=3),
    ],
    "JSON has to stay JSON": [
        row("text_format.json_document"), row("keyword.include", words=["bridge", "limit"]), row("length.words", relation="at least", n=50),
    ],
    "both ends are taken": [
        row("sentence.ends", text="That is the whole story."), row("symbol.title"), row("sentence.distinct_openings"),
        row("punctuation.count", mark="!", relation="exactly", n=0),
    ],
}  # fmt: skip


@pytest.mark.parametrize("rows", CONFLICTS.values(), ids=CONFLICTS.keys())
def test_constraints_that_get_in_each_others_way(rows: list[Constraint]) -> None:
    found = refine_by_rules("p", TEXT, rows)
    assert not passes(TEXT, rows)
    assert passes(found, rows)
    assert found == refine_by_rules("p", TEXT, rows)  # the same text again
    assert refine_by_rules("p", found or "", rows) == found  # and it stays


def test_what_passes_is_not_touched() -> None:
    rows = [row("keyword.include", words=["garden"]), row("length.words", relation="at least", n=5)]
    assert refine_by_rules("p", TEXT, rows) == TEXT


def test_white_space_around_goes_as_it_does_in_a_reply() -> None:
    rows = [row("punctuation.absent", mark="!")]
    assert refine_by_rules("p", f"\n {TEXT}\n\n", rows) == TEXT.replace("!", ".")
    assert refine_by_rules("p", "\n No mark.\n", rows) == "\n No mark.\n"


def test_little_is_changed() -> None:
    found = refine_by_rules(
        "p", TEXT, [row("punctuation.absent", mark="!"), row("keyword.exclude", words=["also"]), row("", covers="none")]
    )
    assert found == TEXT.replace("!", ".").replace("also", "too")
    assert similarity(TEXT, found) > 0.97


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row("", covers="none")],
        [row("language.is_language", code="th")],
        [row("keyword.include", words=["rose"]), row("keyword.exclude", words=["rose"])],
        [
            row("length.words", relation="at most", n=3),
            row("sentence.contains", text="There is more than one way to see it."),
        ],
        [row("character.uppercase"), row("sentence.starts", text="Start small.")],
    ],
    ids=[
        "no constraint",
        "nothing to check",
        "translation",
        "keyword in and out",
        "too short for the sentence",
        "case",
    ],
)
def test_half_a_result_is_none(rows: list[Constraint]) -> None:
    assert refine_by_rules("p", TEXT, rows) is None
    said = reply("p", TEXT, rows)
    assert isinstance(said, Failure) and said.cause == "no repair" and said.detail


@pytest.mark.parametrize("response", ["", "  \n ", "a" * 1_000_000])
def test_empty_and_giant_responses_have_no_refinement(response: str) -> None:
    assert refine_by_rules("p", response, [row("keyword.include", words=["tea"])]) is None


@pytest.mark.parametrize("response", [TEXT * 400])
def test_long_responses_end_soon(response: str) -> None:
    rows = [
        row("punctuation.absent", mark=","),
        row("length.words", relation="at most", n=60),
        row("symbol.emojis", relation="exactly", n=3),
    ]
    started = time.perf_counter()
    found = refine_by_rules("p", response, rows)
    assert time.perf_counter() - started < 15
    assert found is None or passes(found, rows)


@pytest.mark.parametrize(
    "response",
    [
        TEXT,
        "Use {braces}, {text} and {reflection} as they are, please.",
        "Write [[start]] and then [[end]], in this order, please.",
        "[[end]] comes first, then [[start]]",
        "A \\g<1> back reference, and a \\n that is none.",
    ],
)
def test_replies_parse_back(response: str) -> None:
    """The form of a model's refinement, so that one parser reads both, with tags and braces inside."""
    rows = [
        row("punctuation.absent", "no commas, please: [[start]] {x} [[end]]", mark=","),
        row("keyword.include", words=["lamp"]),
    ]
    found, said = refine_by_rules("p", response, rows), reply("p", response, rows)
    assert found and passes(found, rows)
    assert isinstance(said, Completion) and said.text.startswith("Reflection on how to refine the Output: ")
    assert "Final Refined Output: [[start]]" in said.text
    assert parse_refinement(said.text, "p", response) == found.strip()


def test_a_text_that_would_come_back_as_another_has_no_reply() -> None:
    rows = [row("punctuation.absent", mark=",")]
    response = "Final Refined Output: [[start]] an old one, once [[end]]"
    assert refine_by_rules("p", response, rows) == response.replace(",", "")
    said = reply("p", response, rows)
    assert isinstance(said, Failure) and "would be read back as another" in said.detail


def test_reflection_names_what_failed_and_only_that() -> None:
    rows = [
        row("keyword.include", "use the word lamp", words=["lamp"]),
        row("keyword.include", "mention a garden", words=["garden"]),
    ]
    text = reflection(TEXT, refine_by_rules("p", TEXT, rows) or "", rows)
    assert '"use the word lamp"' in text and "without 'lamp'" in text and "has 'lamp'" in text
    assert "garden" not in text
    assert "nothing has to change" in reflection(TEXT, TEXT, rows[1:])


def test_prompts_of_the_release() -> None:
    """100 prompts with two responses each: what comes back passes the judge by rules, and most can be met."""
    met = asked = 0
    for prompt in read_prompts(RELEASE)[:400:4]:
        rows = prompt.constraints
        if any(r.checker == "language.is_language" for r in rows) or not any(r.checker for r in rows):
            continue
        for response in (TEXT, TEXT.partition("!")[0] + "!"):
            found = refine_by_rules(prompt.text, response, rows)
            asked += 1
            if found is not None:
                met += 1
                assert judge_by_checkers(found, rows).verdict in ("Yes", "unknown")
    assert asked > 140
    assert met / asked > 0.9
