"""Who teaches: a model, or rules. Both respond, judge and refine, and every answer is a reply in the form that models give,
so that the same gates read both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from spar_data.core.records import Constraint
from spar_data.models import Answer, Completion, Failure
from spar_data.models.phases import Rounds
from spar_data.models.sampling import Sampling
from spar_data.selfplay.judge.checkers import judge_exactly, wholly
from spar_data.selfplay.judge.judges import Question
from spar_data.selfplay.judge.prompt import judge_request
from spar_data.selfplay.refine.prompt import refine_request
from spar_data.selfplay.refine.refiners import Case

_NO_REPAIR = Failure("no repair", "no repair is known for this response")


class Teacher(Protocol):
    """One answer for each question, in order."""

    def respond(self, questions: Sequence[Question]) -> list[Answer]: ...

    def judge(self, questions: Sequence[Question]) -> list[Answer]: ...

    def refine(self, cases: Sequence[Case]) -> list[Answer]: ...


@dataclass(frozen=True)
class ModelTeacher:
    """Greedy by default, one reply each."""

    spec: str
    rounds: Rounds
    temperature: float = 0.0
    max_tokens: int = 2048

    def respond(self, questions: Sequence[Question]) -> list[Answer]:
        sampling = Sampling(1, self.temperature, max_tokens=self.max_tokens)
        return self._ask("teacher responds", [sampling.request(q.prompt) for q in questions])

    def judge(self, questions: Sequence[Question]) -> list[Answer]:
        asked = [judge_request(q.prompt, q.response, 1, self.temperature, self.max_tokens) for q in questions]
        return self._ask("teacher judges", asked)

    def refine(self, cases: Sequence[Case]) -> list[Answer]:
        most = self.max_tokens * 3 // 2  # 3072 for 2048, as in the authors' script: a reflection stands before the text
        asked = [refine_request(c.prompt, c.response, c.judgement, 1, self.temperature, max_tokens=most) for c in cases]
        return self._ask("teacher refines", asked)

    def _ask(self, phase: str, requests: Sequence[Any]) -> list[Answer]:
        return [answers[0] for answers in self.rounds.ask(phase, self.spec, requests)]


@dataclass(frozen=True)
class RulesTeacher:
    """The checkers judge and the smallest edit refines; it responds by repairing a response of the actor. It teaches on
    prompts whose constraints a program can check wholly."""

    actor: str
    rounds: Rounds
    sampling: Sampling

    def respond(self, questions: Sequence[Question]) -> list[Answer]:
        one = replace(self.sampling, samples=1)
        drafts = self.rounds.ask("actor drafts", self.actor, [one.request(q.prompt) for q in questions])
        return [_repaired(q, each[0]) for q, each in zip(questions, drafts, strict=True)]

    def judge(self, questions: Sequence[Question]) -> list[Answer]:
        return [_judged(question) for question in questions]

    def refine(self, cases: Sequence[Case]) -> list[Answer]:
        from spar_data.selfplay.refine.by_rules import reply  # slow to load

        return [reply(case.prompt, case.response, case.constraints) for case in cases]


def _repaired(question: Question, draft: Answer) -> Answer:
    """A draft of the actor that passes, or what makes it pass."""
    if not isinstance(draft, Completion):
        return draft
    found = _judged(Question(question.prompt, draft.text, question.constraints))
    if isinstance(found, Failure):
        return found
    if judge_exactly(draft.text, question.constraints).verdict == "Yes":
        return draft
    text = _repair(question.prompt, draft.text, question.constraints)
    return Completion(text) if text else _NO_REPAIR


def _judged(question: Question) -> Answer:
    if not wholly(question.constraints):
        return Failure("no judgement", "no program can check every constraint of the prompt")
    return Completion(judge_exactly(question.response, question.constraints).judgement)


def _repair(prompt: str, response: str, wanted: Sequence[Constraint]) -> str | None:
    from spar_data.selfplay.refine.by_rules import refine_by_rules  # slow to load

    return refine_by_rules(prompt, response, wanted)
