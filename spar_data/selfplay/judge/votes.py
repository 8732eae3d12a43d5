"""From the replies of a judge to the votes of a row: enough valid votes, ties cast again, the checkers beside the model.

A tie is resampled: all votes are cast again, by further samples of the same request (numbers 5 to 9, then 10 to 14), so that
stored answers are used again; the last round alone decides.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from spar_data.models import Answer, Completion, Unparsed
from spar_data.selfplay.judge.checkers import Exact
from spar_data.selfplay.judge.prompt import parse_verdict
from spar_data.selfplay.records import Votes

NOBODY = Votes([], [], "", None, "", "")
EXACT_VOTES = ("", "also", "veto")
"""What the checkers beside a model judge count for: nothing, one more vote, or a No that no model is asked about."""
_SIDES = ("Yes", "No")


def word(answer: Answer) -> str:
    """Yes, No, unparsed or failed."""
    if not isinstance(answer, Completion):
        return "failed"
    said = parse_verdict(answer.text)
    return "unparsed" if isinstance(said, Unparsed) else "Yes" if said else "No"


def verdict(words: Sequence[str], min_valid: int = 0, exact: str = "") -> tuple[str, float | None]:
    """Of one round of votes: (Yes, No, tie, unparsed or failed; V). V is None unless enough votes are valid.

    min_valid: 0 = more than half. exact: the checkers' verdict as one more vote, if it is Yes or No.
    """
    yes, no = words.count("Yes"), words.count("No")
    if yes + no < (min_valid or len(words) // 2 + 1):
        return ("failed" if words and words.count("failed") == len(words) else "unparsed"), None
    yes, no = yes + (exact == "Yes"), no + (exact == "No")
    return ("tie" if yes == no else "Yes" if yes > no else "No"), yes / (yes + no)


def votes(
    answers: Sequence[Answer],
    votes_each: int,
    chosen: random.Random,
    min_valid: int = 0,
    exact: Exact | None = None,
    exact_vote: str = "",
) -> Votes:
    """The votes of a row. answers: of all rounds, `votes_each` a round; the last round decides. exact: the checkers' verdict;
    exact_vote: what it counts for, as in SearchConfig.

    The judgement is drawn by `chosen` from the replies of that round that say what the majority says; of a tie from those
    that say No. Where the checkers' vote made the majority against all replies, theirs is taken.
    """
    words = [word(answer) for answer in answers]
    known = exact.verdict if exact else ""
    said, value = verdict(words[-votes_each:], min_valid, _one_more(exact, exact_vote))
    replies = [answer.text if isinstance(answer, Completion) else "" for answer in answers]
    side = "No" if said == "tie" else said
    last = zip(words[-votes_each:], replies[-votes_each:], strict=True)
    fitting = [reply for each, reply in last if each == side and side in _SIDES]
    judgement = chosen.choice(fitting) if fitting else ""
    if not judgement and exact and side in _SIDES and known == side:
        judgement = exact.judgement
    return Votes(words, replies, said, value, judgement, known)


def tied(
    answers: Sequence[Answer], votes_each: int, min_valid: int = 0, exact: Exact | None = None, exact_vote: str = ""
) -> bool:
    """Whether the last round is a tie."""
    words = [word(answer) for answer in answers[-votes_each:]]
    return verdict(words, min_valid, _one_more(exact, exact_vote))[0] == "tie"


def vetoed(exact: Exact | None, exact_vote: str) -> bool:
    """Whether the checkers say No, and no model is asked."""
    return exact_vote == "veto" and exact is not None and exact.verdict == "No"


def _one_more(exact: Exact | None, exact_vote: str) -> str:
    """The checkers' vote among those of a model, "" if they have none."""
    return exact.verdict if exact and exact_vote == "also" else ""


def own(votes: Votes, votes_each: int, min_valid: int = 0) -> str:
    """The verdict of the model alone, whatever the checkers' vote counted for; "" where it gave none."""
    return verdict(votes.words[-votes_each:], min_valid)[0] if votes.words else ""


def by_checkers(exact: Exact) -> Votes:
    """`rules` as the judge: V is 1, 0, or None where no program can tell."""
    value = {"Yes": 1.0, "No": 0.0}.get(exact.verdict)
    return Votes([], [], exact.verdict, value, exact.judgement, exact.verdict)


def guide(votes: Votes, votes_each: int, chosen: random.Random) -> str:
    """The judgement to refine by. Where the majority says Yes, and that is not enough, one of those that say No."""
    if votes.verdict != "Yes":
        return votes.judgement
    last = zip(votes.words[-votes_each:], votes.replies[-votes_each:], strict=True)
    against = [reply for word, reply in last if word == "No"]
    return chosen.choice(against) if against else votes.judgement
