"""The rules: verdicts of the repository's code, worked out by hand, and the fixed ones beside them."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from spar_eval.benchmarks.followbench.data import LeveledPrompt, load_followbench
from spar_eval.benchmarks.followbench.rules import check_by_rules, has_rule

_EVENTS = "a died\nb died\nc died"


def _row(
    source: str, level: int, target: str = "", category: str = "mixed", number: int = 1, answer: str = ""
) -> LeveledPrompt:
    return LeveledPrompt(category, number, level, source, "instruction", target, answer)


def _form(template: str, answer: str = "") -> LeveledPrompt:
    return _row("x", 1, "{instruction}\n" + template, "example", 1, answer)


@pytest.mark.parametrize(
    ("prompt", "response", "official", "fixed"),
    [
        (_row("E2E", 1, "name[A]"), "name[A]", True, True),
        (_row("E2E", 1, "name[A]"), "name[A]\n", False, True),
        (_row("E2E", 1, "name[A]"), "name[a]", False, False),
        (_row("WIKIEVENTS", 2, _EVENTS), "a died", True, False),  # two are asked for
        (_row("WIKIEVENTS", 2, _EVENTS), "a died\na died", True, False),
        (_row("WIKIEVENTS", 2, _EVENTS), "c died\na died", True, True),
        (_row("WIKIEVENTS", 2, _EVENTS), "a died\nb died\n", False, True),
        (_row("WIKIEVENTS", 2, _EVENTS), "a died\nd died", False, False),
        (_row("WIKIEVENTS", 1, _EVENTS), "", False, False),
        (_row("CONLL2003", 1, "['Bonn', 'Rome']"), "Rome", True, True),
        (_row("CONLL2003", 1, "['Bonn', 'Rome']"), " Rome", False, True),
        (_row("CONLL2003", 1, "['Bonn', 'Rome']"), "Bonn, Rome", False, False),
        (_row("text_editing", 3, "a b"), "a b", True, True),
        (_row("text_editing", 3, "a b"), "a  b", False, False),
        (_row("cnn_dailymail", 1), "One. Two! Three?", True, True),
        (_row("cnn_dailymail", 1), "One. Two. Three.\n", False, True),  # the line end counts as a sentence
        (_row("cnn_dailymail", 1), "It cost $4.1 million. Two. Three.", False, True),
        (_row("cnn_dailymail", 3), "Potter is 18. The actor is rich. His films sell.", True, True),
        (_row("cnn_dailymail", 3), "Potter is 18. The films sell. The actor is rich.", False, False),
        (_row("cnn_dailymail", 4), "Potter is 18. The actor is not lavish. His films sell.", False, False),
        (_row("cnn_dailymail", 5), "Potter is 18. The actor is rich. His films have sold.", True, True),
        (_row("cnn_dailymail", 5), "Potter is 18. The actor is rich. His films sell.", False, False),
        (_row("cnn_dailymail", 2), "One. Two. " + "word " * 15, False, False),
        (_row("xsum", 2), "Floods hit the town.", True, True),
        (_row("xsum", 2), " ".join(["a"] * 19) + " .", False, False),
        (_row("xsum", 2), "a  " * 10, False, True),  # double blanks make empty words
        (_row("xsum", 3), "Floods hit Newton Stewart.", False, False),
        (_row("xsum", 4), "Crews are repairing the damage.", True, True),
        (_row("xsum", 5), "Crews are repairing the damage.", False, False),
        (_row("xsum", 5), "The operation is repairing the damage.", True, True),
        (_row("samsum", 4), "Kim does stuff.", True, True),
        (_row("samsum", 4), "Kim does stuff, Procrastinating.", False, False),
        (_row("samsum", 5), "Kim does stuff.", True, True),
        (_row("samsum", 5), "Kim, as ever, does stuff.", False, False),
        (_row("gigaword", 5), "two killed in bomb attack on southern coach", True, True),
        (_row("gigaword", 4), "two killed in bomb attack on southern bus", False, False),
        (_row("gigaword", 3), "Two killed in bomb attack on southern bus", False, False),
        (_row("gigaword", 1), "two killed in bomb attack on southern coach\n", True, True),
        (_row("gigaword", 1), "two killed in  bomb attack on southern coach", False, True),
        (_row("arxiv", 3), "We find where facts are.", True, True),
        (_row("arxiv", 3), "Western facts are found.", True, False),
        (_row("arxiv", 5), "We find facts in activations.", True, True),
        (_row("arxiv", 5), "We find facts in activations of a transformer.", False, False),
        (_row("BBH_logical", 1, "(B)"), "Not (A) but (B).", True, True),
        (_row("BBH_logical", 1, "(B)"), "(B) and not (A)", False, False),
        (_row("BBH_logical", 1, "(B)"), "B", False, False),
        (_row("BBH_time", 1, "12/29/1937"), "From 12/24/1937 to 12/29/1937.", True, True),
        (_row("self_made_space", 1, "20th floor"), "the 20th floor.", True, True),
        (_row("self_made_space", 1, "20th floor"), "the 120th floor.", True, False),
        (_row("gsm_8k", 1, "$14"), "10 and 4 make $14.", True, True),
        (_row("gsm_8k", 1, "$14"), "$14.50", True, False),
        (_row("gsm_8k", 1, "$14"), "$14.00", True, True),
        (_row("gsm_8k", 1, "$1400"), "$1,400", False, True),
        (_row("gsm_8k", 1, "$14"), "14 dollars", False, False),
        (_form("Bot: {answer}"), "Bot: yes", True, True),
        (_form("Bot: {answer}"), "Bot: yes\n", False, True),
        (_form("Bot: {answer}"), "Bot: ", True, False),
        (_form("Bot: {answer}"), "Bot: yes\nBecause.", False, False),
        (_form("Bot: {answer}", "Bot: a\nb"), "Bot: yes\nBecause.", False, True),  # the reference has lines too
        (_form("#Bot#\n{answer}"), "#Bot#\nyes", True, True),
        (_form("{{'a.c': '{answer}'}}"), "{'a.c': 'yes'}", True, True),
        (_form("{{'a.c': '{answer}'}}"), "{'abc': 'yes'}", False, False),
    ],
)
def test_rules(prompt: LeveledPrompt, response: str, official: bool, fixed: bool) -> None:
    assert has_rule(prompt)
    assert all(ruling.passed for ruling in check_by_rules(prompt, response, "official")) is official
    assert all(ruling.passed for ruling in check_by_rules(prompt, response, "fixed")) is fixed


def test_a_rule_that_looks_at_constraints_one_by_one_rules_on_each_and_says_why() -> None:
    rulings = check_by_rules(_row("arxiv", 4), "Facts stand in activations. And elsewhere.")
    assert [ruling.passed for ruling in rulings] == [False, True, False, True]
    assert rulings[0].reason == "1 sentence wanted, 2 found"


def test_sources_of_examples_are_scored_by_their_form_and_others_by_nobody() -> None:
    assert has_rule(_row("samsum", 1, "{answer}", "example"))
    assert len(check_by_rules(_row("samsum", 3, "{instruction}\n{answer}", "example"), "a. b. c.")) == 1
    assert not has_rule(_row("oasst", 1, "", "format", 21))
    assert not has_rule(_row("oasst", 1, "", "content", 22))  # these numbers are the format category's


def _bench() -> str:
    if not os.environ.get("SPAR_TEST_DATA"):
        pytest.skip("SPAR_TEST_DATA is not set: the folder with FollowBench's data")
    return str(Path(os.environ["SPAR_TEST_DATA"]) / "followbench")


@pytest.mark.data
@pytest.mark.parametrize("checker", ["official", "fixed"])
def test_reference_answers_meet_the_rules(checker: str) -> None:
    """All of them officially but billsum's, whose answers have several lines; with the fixed rules these too."""
    failed = Counter()
    checked = 0
    for prompt in load_followbench(_bench()).prompts:
        if not has_rule(prompt) or not (prompt.answer or prompt.target):
            continue
        reference = prompt.answer or prompt.target
        if prompt.source == "WIKIEVENTS":
            reference = "\n".join(prompt.target.split("\n")[: prompt.level])
        if prompt.source == "CONLL2003":
            reference = prompt.target.split("'")[1]
        checked += 1
        failed[prompt.source] += not all(ruling.passed for ruling in check_by_rules(prompt, reference, checker))
    assert checked == 315
    assert +failed == ({"billsum": 5} if checker == "official" else {})
