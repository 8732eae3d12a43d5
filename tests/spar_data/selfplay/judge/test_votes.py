"""The one rule by which votes become a verdict, for every judge of the suite."""

from __future__ import annotations

import random

import pytest

from spar_data.core.errors import SparError
from spar_data.models import Completion, Failure
from spar_data.selfplay.judge.checkers import ExactVerdict
from spar_data.selfplay.judge.votes import VoteRule, count, count_checkers, judgement_to_refine_by, model_verdict

_REPLIES = {"Y": "Final Judgement: Yes", "N": "Final Judgement: No", "?": "hm"}
_NAMES = {"Y": "Yes", "N": "No", "?": "unparsed", "F": "failed"}


def _answers(votes: str) -> list[Completion | Failure]:
    """Replies that can be told apart: the first ends in one space, the second in two."""
    return [
        Failure("length") if vote == "F" else Completion(_REPLIES[vote] + " " * number)
        for number, vote in enumerate(votes, 1)
    ]


@pytest.mark.parametrize(
    ("votes", "verdict", "value"),
    [
        ("YYNYN", "Yes", 0.6),
        ("NNNYY", "No", 0.4),
        ("YYYYY", "Yes", 1.0),
        ("YYN??", "Yes", 2 / 3),
        ("YNN", "No", 1 / 3),
        ("YN", "tie", 0.5),
        ("YN?", "tie", 0.5),
        ("YYNN?", "tie", 0.5),
        ("YY???", "unparsed", None),  # two of five valid votes are not enough
        ("Y????", "unparsed", None),
        ("YFFFF", "unparsed", None),
        ("YF", "unparsed", None),  # half of the votes is not more than half
        ("?????", "unparsed", None),
        ("?FFFF", "unparsed", None),
        ("FFFFF", "failed", None),
        ("F", "failed", None),
        ("Y", "Yes", 1.0),
        ("", "unparsed", None),
    ],
)
def test_the_rule(votes: str, verdict: str, value: float | None) -> None:
    counted = count(_answers(votes), VoteRule(len(votes)))
    assert (counted.verdict, counted.value) == (verdict, value)
    assert counted.words == [_NAMES[vote] for vote in votes]
    assert [counted.number(word) for word in _NAMES.values()] == [votes.count(vote) for vote in _NAMES]
    side = {"Yes": "Yes", "No": "No", "tie": "No"}.get(verdict)
    assert counted.judgement.strip() == (f"Final Judgement: {side}" if side else "")


@pytest.mark.parametrize(
    ("votes", "rule", "checkers", "verdict", "value"),
    [
        ("NN???", VoteRule(min_valid=2), "", "No", 0.0),
        ("NN???", VoteRule(min_valid=3), "", "unparsed", None),
        ("Y????", VoteRule(min_valid=1), "", "Yes", 1.0),
        ("FFFFF", VoteRule(min_valid=1), "", "failed", None),
        ("YYYNN", VoteRule(checkers="beside"), "No", "Yes", 0.6),
        ("YYYNN", VoteRule(checkers="also"), "No", "tie", 0.5),
        ("YYYNN", VoteRule(checkers="also"), "Yes", "Yes", 4 / 6),
        ("YYNN?", VoteRule(checkers="also"), "Yes", "Yes", 3 / 5),
        ("YYNN?", VoteRule(checkers="also"), "unknown", "tie", 0.5),
        ("YY???", VoteRule(checkers="also"), "Yes", "unparsed", None),  # the checkers' vote makes no vote valid
        ("YYNNY" + "NNNNY", VoteRule(), "", "No", 0.2),  # the last round alone decides
        ("NNNNN" + "YNYN?", VoteRule(), "", "tie", 0.5),
    ],
)
def test_fewer_valid_votes_the_checkers_and_further_rounds(
    votes: str, rule: VoteRule, checkers: str, verdict: str, value: float | None
) -> None:
    exact = ExactVerdict(checkers, "reasons of the checkers") if checkers else None
    counted = count(_answers(votes), rule, exact)
    assert (counted.verdict, counted.value) == (verdict, None if value is None else pytest.approx(value))
    assert counted.exact == checkers and len(counted.words) == len(votes)


def test_the_judgement_is_drawn_from_the_last_round() -> None:
    answers, rule = _answers("NNNNN" + "NNYYN"), VoteRule()
    agreeing = {_REPLIES["N"] + " " * number for number in (6, 7, 10)}
    assert {count(answers, rule, draw=random.Random(seed)).judgement for seed in range(50)} == agreeing
    assert count(answers, rule).judgement == _REPLIES["N"] + " " * 6, "without a draw the first"
    tie = count(_answers("YYNN?"), VoteRule(checkers="also"), ExactVerdict("No", "reasons"))
    assert tie.judgement == _REPLIES["N"] + " " * 3


def test_the_checkers_judgement_stands_in_where_no_reply_agrees() -> None:
    counted = count(_answers("Y"), VoteRule(1, checkers="also"), ExactVerdict("No", "reasons"))
    assert (counted.verdict, counted.judgement) == ("tie", "reasons"), "of a tie one that says No"


def test_the_models_verdict_leaves_the_checkers_out() -> None:
    rule = VoteRule(checkers="also")
    counted = count(_answers("YYYNN"), rule, ExactVerdict("No", "reasons"))
    assert (counted.verdict, model_verdict(counted, rule)) == ("tie", "Yes")
    assert model_verdict(count_checkers(ExactVerdict("No", "reasons")), rule) == ""
    assert model_verdict(count(_answers("NNNNN" + "YYYNN"), rule), rule) == "Yes"


@pytest.mark.parametrize(("verdict", "value"), [("Yes", 1.0), ("No", 0.0), ("unknown", None)])
def test_the_checkers_in_place_of_votes(verdict: str, value: float | None) -> None:
    counted = count_checkers(ExactVerdict(verdict, "reasons"))
    assert (counted.verdict, counted.value, counted.judgement, counted.exact) == (verdict, value, "reasons", verdict)
    assert counted.words == []


def test_the_judgement_that_a_refiner_gets() -> None:
    rule, draw = VoteRule(), random.Random(0)
    assert judgement_to_refine_by(count(_answers("NNNYY"), rule), rule, draw) == _REPLIES["N"] + " "
    assert judgement_to_refine_by(count(_answers("YYYYN"), rule), rule, draw) == _REPLIES["N"] + " " * 5, "a dissent"
    assert judgement_to_refine_by(count(_answers("YYYYY"), rule), rule, draw) == _REPLIES["Y"] + " "


def test_a_veto_needs_a_no() -> None:
    rule = VoteRule(checkers="veto")
    assert (
        rule.vetoes(ExactVerdict("No", "")) and not rule.vetoes(ExactVerdict("unknown", "")) and not rule.vetoes(None)
    )
    assert not VoteRule().vetoes(ExactVerdict("No", ""))


def test_rules_that_cannot_be() -> None:
    with pytest.raises(SparError, match="min_valid = 6, but there are 5 votes: no verdict could ever be valid"):
        VoteRule(5, 6)
    with pytest.raises(SparError, match="checkers = 'always': beside, also, veto is expected"):
        VoteRule(checkers="always")
