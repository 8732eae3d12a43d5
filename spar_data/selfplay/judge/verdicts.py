"""Whoever judges: a model by votes, or `rules`, the checkers of a prompt's own constraints. Both give the same verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from spar_data.core.records import Constraint
from spar_data.models import Answer, Completion, Request, Unparsed
from spar_data.models.phases import Rounds
from spar_data.selfplay.judge.checkers import judge_exactly, wholly
from spar_data.selfplay.judge.prompt import Said, Vote, judge_request, parse_all, tally

RULES = "rules"
Constraints = Sequence[Constraint]


@dataclass(frozen=True)
class Judge:
    """spec: `rules`, or a model, which is asked `votes` times. The defaults are the authors'."""

    spec: str
    votes: int = 5
    temperature: float = 0.7
    max_tokens: int = 2048

    def request(self, prompt: str, response: str, times: int = 1) -> Request:
        return judge_request(prompt, response, self.votes * times, self.temperature, self.max_tokens)


@dataclass(frozen=True)
class Verdict:
    """word: Yes, No, tie, unparsed, failed, or (rules) unknown. value: the share of Yes among the valid votes, None without
    any. judgement: the first one that says the same as the majority, "" if there is none. votes: every reply."""

    word: str
    value: float | None
    judgement: str
    vote: Vote | None = None
    votes: list[dict[str, str]] = field(default_factory=list)

    @property
    def passed(self) -> bool | None:
        return {"Yes": True, "No": False}.get(self.word)

    @property
    def reason(self) -> str:
        if self.vote is None:
            return self.judgement
        v = self.vote
        return f"{self.word}: {v.yes} Yes, {v.no} No, {v.unparsed} unparsed, {v.failed} failed"


@dataclass(frozen=True)
class Question:
    prompt: str
    response: str
    constraints: Constraints = ()


def judge_all(
    phase: str, questions: Sequence[Question], judge: Judge, rounds: Rounds, fresh: bool = False
) -> list[Verdict]:
    """One verdict for each question, all in one round.

    fresh: by votes that `judge_all` did not give before: the second `votes` samples of the same request. A response that was
    chosen for its votes has to be judged by others.
    """
    if judge.spec == RULES:
        return [by_rules(question) for question in questions]
    times = 2 if fresh else 1
    requests = [judge.request(q.prompt, q.response, times) for q in questions]
    answers = rounds.ask(phase, judge.spec, requests)
    return [_by_votes(each[-judge.votes :]) for each in answers]


def by_rules(question: Question) -> Verdict:
    """The verdict of the checkers. It is `unknown` unless a program can check every constraint wholly: otherwise a
    response could be failed but never passed."""
    found = judge_exactly(question.response, question.constraints)
    if not wholly(question.constraints):
        return Verdict("unknown", None, found.judgement)
    return Verdict(found.verdict, float(found.verdict == "Yes"), found.judgement)


def _by_votes(answers: Sequence[Answer]) -> Verdict:
    said = parse_all(answers)
    vote, first = tally(said), {True: "", False: ""}
    for answer, found in zip(answers, said, strict=True):
        if isinstance(answer, Completion) and isinstance(found, bool):
            first[found] = first[found] or answer.text
    replies = [_told(answer, found) for answer, found in zip(answers, said, strict=True)]
    valid = vote.yes + vote.no
    word = vote.verdict if valid or vote.unparsed else "failed"
    judgement = first[word == "Yes"] if word in ("Yes", "No", "tie") else ""  # of a tie: one that says No
    return Verdict(word, vote.yes / valid if valid else None, judgement, vote, replies)


def _told(answer: Answer, said: Said) -> dict[str, str]:
    if not isinstance(answer, Completion):
        return {"vote": "failed", "reply": str(answer)}
    word = f"unparsed: {said.reason}" if isinstance(said, Unparsed) else "Yes" if said else "No"
    return {"vote": word, "reply": answer.text, **({"thinking": answer.thinking} if answer.thinking else {})}
