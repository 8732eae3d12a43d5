"""Counts on the way to the negatives."""

from __future__ import annotations

import pytest

from spar_data.selfplay.funnel import Funnel
from spar_data.selfplay.judge.votes import NO_VOTES, VoteRule
from spar_data.selfplay.records import Sample, Votes


def _sample(verdict: str, words: str = "", exact: str = "", problem: str = "") -> Sample:
    names = {"y": "Yes", "n": "No", "?": "unparsed"}
    votes = Votes([names[w] for w in words], [""] * len(words), verdict, None, "", exact) if verdict else NO_VOTES
    return Sample("i", "p", "prompt", 0, "" if problem else "text", "", problem, votes, "actor", "judge")


@pytest.mark.parametrize(
    ("verdicts", "outcome"),
    [
        (("Yes", "No"), "chosen"), (("tie", "No"), "chosen"), (("Yes", "tie"), "all Yes"), (("tie", "unparsed"), "undecided"),
        (("unknown",), "undecided"), ((), "no response"),
    ],
)  # fmt: skip
def test_every_prompt_has_one_outcome(verdicts: tuple[str, ...], outcome: str) -> None:
    funnel = Funnel()
    funnel.add([_sample(verdict) for verdict in verdicts] or [_sample("", problem="length: cut off")], 1, False)
    assert dict(funnel.outcomes) == {outcome: 1}
    assert funnel.to_dict()["judged"] == len(verdicts) and funnel.to_dict()["samples"] == max(1, len(verdicts))


def test_the_judge_is_compared_by_its_own_last_round() -> None:
    """The rows hold a tie, since the checkers voted too; the model's votes alone are a Yes."""
    funnel = Funnel(VoteRule(5, checkers="also"))
    funnel.add([_sample("tie", "nnnnn" + "yyynn", exact="No"), _sample("No", "nnnnn", exact="No")], 1, True)
    funnel.add([_sample("No", "nnnnn", exact="No")], 1, False)
    assert funnel.calibration.counts == {("Yes", "No"): 1, ("No", "No"): 1}
    assert funnel.resampled == 1 and funnel.negatives == 2


def test_reasons_why_there_are_no_negatives() -> None:
    for sample, reason in (
        (_sample("", problem="empty"), "there is no usable response"),
        (_sample("unknown"), "no program can check every constraint"),
        (_sample("unparsed", "?????"), "too few replies of the judge hold a verdict"),
        (_sample("Yes", "yyyyy"), "no response fails"),
    ):
        funnel = Funnel()
        funnel.add([sample], 0, False)
        assert reason in funnel.lines()[-1]
