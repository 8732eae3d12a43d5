"""Teachers: a model, or rules. Both respond, judge and refine.

Every answer is a reply in the form that models give, so that the same gates check both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from spar_data.core.errors import SparError
from spar_data.models import Answer, AnyModel, Completion, Failure, Request
from spar_data.models.model_spec import RULES
from spar_data.models.phases import Phases
from spar_data.models.sampling import Sampling
from spar_data.selfplay.judge.checkers import wholly_checkable
from spar_data.selfplay.judge.judges import Question
from spar_data.selfplay.judge.prompt import judge_request
from spar_data.selfplay.refine.prompt import refine_request
from spar_data.selfplay.refine.refiners import Case
from spar_data.sft.config import SftConfig

_NO_REPAIR = Failure("no repair", "no repair is known for this response")


@dataclass(frozen=True)
class ModelTeacher:
    """A model that responds, judges and refines; it gives one answer for each question, in order."""

    model: AnyModel
    config: SftConfig
    needs_constraints = False

    @property
    def responder(self) -> AnyModel:
        return self.model

    def response_request(self, prompt: str) -> Request:
        return Sampling(1, self.config.temperature, max_tokens=self.config.max_tokens).request(prompt)

    def respond(self, questions: Sequence[Question], phases: Phases) -> list[Answer]:
        return _first(phases, "teacher responds", self.model, [self.response_request(q.prompt) for q in questions])

    def judge(self, questions: Sequence[Question], phases: Phases) -> list[Answer]:
        return _first(phases, "teacher judges", self.model, [judgement_request(q, self.config) for q in questions])

    def refine(self, cases: Sequence[Case], phases: Phases) -> list[Answer]:
        return _first(phases, "teacher refines", self.model, [refinement_request(case, self.config) for case in cases])


def judgement_request(question: Question, config: SftConfig) -> Request:
    return judge_request(question.prompt, question.response, 1, config.temperature, config.max_tokens)


def refinement_request(case: Case, config: SftConfig) -> Request:
    """Half as many tokens more than for a response, since a reflection comes first: 3072 in the authors' script."""
    limit = config.max_tokens * 3 // 2
    return refine_request(case.prompt, case.response, case.judgement, 1, config.temperature, max_tokens=limit)


@dataclass(frozen=True)
class RulesTeacher:
    """The checkers judge, the smallest edit refines, and repaired responses of the actor are the responses.

    It teaches on prompts whose constraints a program can check wholly.
    """

    responder: AnyModel
    config: SftConfig
    model = None
    needs_constraints = True

    def response_request(self, prompt: str) -> Request:
        return replace(self.config.sampling, samples=1).request(prompt)

    def respond(self, questions: Sequence[Question], phases: Phases) -> list[Answer]:
        requests = [self.response_request(question.prompt) for question in questions]
        drafts = _first(phases, "actor drafts", self.responder, requests)
        return [_repaired(question, draft) for question, draft in zip(questions, drafts, strict=True)]

    def judge(self, questions: Sequence[Question], phases: Phases) -> list[Answer]:
        return [_judgement(question) for question in questions]

    def refine(self, cases: Sequence[Case], phases: Phases) -> list[Answer]:
        from spar_data.selfplay.refine.by_rules import reply  # slow to load

        return [reply(case.prompt, case.response, case.constraints) for case in cases]


Teacher = ModelTeacher | RulesTeacher


def teacher_of(model: AnyModel, actor: AnyModel, config: SftConfig) -> Teacher:
    """The teacher: `rules`, or a model. Raises SparError for combinations that cannot work."""
    if actor == RULES:
        raise SparError("--actor rules: rules cannot respond to prompts; a model is expected")
    if model != RULES:
        return ModelTeacher(model, config)
    if not actor:
        raise SparError("--teacher rules needs --actor: rules repair responses, and write none")
    return RulesTeacher(actor, config)


def _first(phases: Phases, phase: str, model: AnyModel, requests: Sequence[Request]) -> list[Answer]:
    """The only answer to each request."""
    return [answers[0] for answers in phases.ask(phase, model, requests)]


def _repaired(question: Question, draft: Answer) -> Answer:
    """The draft of the actor if it passes, else the repaired draft."""
    if not isinstance(draft, Completion):
        return draft
    drafted = replace(question, response=draft.text)
    if not wholly_checkable(question.constraints):
        return _judgement(drafted)
    if drafted.exact and drafted.exact.verdict == "Yes":
        return draft
    from spar_data.selfplay.refine.by_rules import refine_by_rules  # slow to load

    text = refine_by_rules(question.prompt, draft.text, question.constraints)
    return Completion(text) if text else _NO_REPAIR


def _judgement(question: Question) -> Answer:
    if question.exact is None or not wholly_checkable(question.constraints):
        return Failure("no judgement", "no program can check every constraint of the prompt")
    return Completion(question.exact.judgement)
