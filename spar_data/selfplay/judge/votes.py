"""Counts the votes of a judge: from the replies to the verdict on one text.

One rule holds everywhere. A verdict needs enough valid votes (Yes or No) in the last round, by default more than half of
them; the majority decides. As many Yes as No is a tie. Too few valid votes is `unparsed`, and no reply at all is `failed`.

A tie is voted on again by further samples of the same request (numbers 5 to 9, then 10 to 14), so that stored answers are
used again. The last round alone decides.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.models import Answer, Completion, Unparsed
from spar_data.selfplay.judge.checkers import ExactVerdict
from spar_data.selfplay.judge.prompt import parse_verdict
from spar_data.selfplay.records import CHECKERS, Votes

NO_VOTES = Votes([], [], "", None, "", "")


@dataclass(frozen=True)
class VoteRule:
    """How replies become a verdict.

    votes      replies of a round.
    min_valid  valid votes that a verdict needs; 0 means more than half of the round.
    checkers   what the checkers' verdict counts for where the prompt has constraints. beside: nothing, it is recorded;
               also: one more vote if it is Yes or No; veto: a No is final, and no model is asked.
    """

    votes: int = 5
    min_valid: int = 0
    checkers: str = "beside"

    def __post_init__(self) -> None:
        if self.min_valid > self.votes:
            raise SparError(
                f"min_valid = {self.min_valid}, but there are {self.votes} votes: no verdict could ever be valid"
            )
        if self.checkers not in CHECKERS:
            raise SparError(f"checkers = {self.checkers!r}: {', '.join(CHECKERS)} is expected")

    def vetoes(self, exact: ExactVerdict | None) -> bool:
        """Whether the checkers decide alone, because they have a veto and say No."""
        return self.checkers == "veto" and exact is not None and exact.verdict == "No"


def count(
    answers: Sequence[Answer], rule: VoteRule, exact: ExactVerdict | None = None, draw: random.Random | None = None
) -> Votes:
    """Counts the votes on one text.

    answers: of all rounds, `rule.votes` a round; the last round decides. exact: the checkers' verdict on the text.
    draw: draws the judgement from the replies of the last round that agree with the verdict; without it the first one is
    taken. The judgement of a tie says No. Where only the checkers' vote agrees with the verdict, theirs is taken.
    """
    words = [word(answer) for answer in answers]
    replies = [answer.text if isinstance(answer, Completion) else "" for answer in answers]
    last = words[-rule.votes :]
    extra = exact.verdict if exact and rule.checkers == "also" else ""
    verdict, value = majority(last, rule.min_valid, extra)
    side = "No" if verdict == "tie" else verdict
    judgement = ""
    if side in ("Yes", "No"):
        agreeing = [reply for vote, reply in zip(last, replies[-rule.votes :], strict=True) if vote == side]
        if agreeing:
            judgement = draw.choice(agreeing) if draw else agreeing[0]
        elif exact and exact.verdict == side:
            judgement = exact.judgement
    return Votes(words, replies, verdict, value, judgement, exact.verdict if exact else "")


def count_checkers(exact: ExactVerdict) -> Votes:
    """The checkers' verdict in place of votes: V is 1 or 0, or None where no program can tell."""
    value = {"Yes": 1.0, "No": 0.0}.get(exact.verdict)
    return Votes([], [], exact.verdict, value, exact.judgement, exact.verdict)


def word(answer: Answer) -> str:
    """Returns Yes, No, unparsed or failed."""
    if not isinstance(answer, Completion):
        return "failed"
    verdict = parse_verdict(answer.text)
    return "unparsed" if isinstance(verdict, Unparsed) else "Yes" if verdict else "No"


def model_verdict(votes: Votes, rule: VoteRule) -> str:
    """The verdict of the model's votes alone, whatever the checkers counted for; "" if no model was asked."""
    return majority(votes.words[-rule.votes :], rule.min_valid)[0] if votes.words else ""


def judgement_to_refine_by(votes: Votes, rule: VoteRule, draw: random.Random) -> str:
    """The judgement that a refiner gets. If the verdict is Yes and more is wanted, one of the replies that say No."""
    if votes.verdict != "Yes":
        return votes.judgement
    last = zip(votes.words[-rule.votes :], votes.replies[-rule.votes :], strict=True)
    against = [reply for vote, reply in last if vote == "No"]
    return draw.choice(against) if against else votes.judgement


def majority(words: Sequence[str], min_valid: int = 0, extra: str = "") -> tuple[str, float | None]:
    """Verdict and V of one round of votes: Yes, No, unparsed or failed. extra: one more vote if it is Yes or No."""
    yes, no = words.count("Yes"), words.count("No")
    if yes + no < (min_valid or len(words) // 2 + 1):
        return ("failed" if words and words.count("failed") == len(words) else "unparsed"), None
    yes, no = yes + (extra == "Yes"), no + (extra == "No")
    return ("tie" if yes == no else "Yes" if yes > no else "No"), yes / (yes + no)
