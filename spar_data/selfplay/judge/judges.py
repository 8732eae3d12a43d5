"""Judges: a model whose votes are counted, or the checkers of a prompt's own constraints.

Both answer the same two questions, so nobody who uses a judge has to know which kind it is: what to ask a model about a
text (`request`), and what the answers come to (`count`).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Protocol

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_data.models import Answer, AnyModel, Completion, Request, Unparsed, identify
from spar_data.models.model_spec import RULES
from spar_data.models.phases import Phases
from spar_data.selfplay.judge.checkers import Constraints, ExactVerdict, judge_by_checkers, wholly_checkable
from spar_data.selfplay.judge.prompt import judge_request, parse_verdict
from spar_data.selfplay.judge.votes import VoteRule, count, count_checkers
from spar_data.selfplay.records import Votes


@dataclass(frozen=True)
class Question:
    """A response to judge, with the constraints of its prompt if they are known."""

    prompt: str
    response: str
    constraints: Constraints = ()

    @cached_property
    def exact(self) -> ExactVerdict | None:
        """The checkers' verdict; None if the prompt has no constraints."""
        return judge_by_checkers(self.response, self.constraints) if self.constraints else None


class Judge(Protocol):
    """model: the model that is asked, None if none is. name: as rows show it. rule: how votes are
    counted. settings: how the model is asked, for run.json."""

    @property
    def model(self) -> AnyModel | None: ...

    @property
    def name(self) -> str: ...

    @property
    def rule(self) -> VoteRule: ...

    @property
    def settings(self) -> Mapping[str, JsonValue]: ...

    def request(self, question: Question, rounds: int = 1) -> Request | None:
        """The request for the votes of so many rounds; None if no model has to be asked."""
        ...

    def count(self, question: Question, answers: Sequence[Answer], draw: random.Random | None = None) -> Votes:
        """The votes that the answers come to. draw: as in `votes.count`."""
        ...


@dataclass(frozen=True)
class ModelJudge:
    """A model that votes. The defaults are the authors': five votes at temperature 0.7."""

    model: AnyModel
    rule: VoteRule = VoteRule()
    temperature: float = 0.7
    max_tokens: int = 2048

    @property
    def name(self) -> str:
        return identify(self.model).name

    @property
    def settings(self) -> Mapping[str, JsonValue]:
        return {"votes": self.rule.votes, "temperature": self.temperature, "max_tokens": self.max_tokens}

    def request(self, question: Question, rounds: int = 1) -> Request | None:
        if self._vetoed(question):
            return None
        votes = self.rule.votes * rounds
        return judge_request(question.prompt, question.response, votes, self.temperature, self.max_tokens)

    def count(self, question: Question, answers: Sequence[Answer], draw: random.Random | None = None) -> Votes:
        if self._vetoed(question) and question.exact:
            return count_checkers(question.exact)
        return count(answers, self.rule, question.exact, draw)

    def _vetoed(self, question: Question) -> bool:
        return self.rule.checkers == "veto" and self.rule.vetoes(question.exact)


@dataclass(frozen=True)
class CheckerJudge:
    """The checkers alone.

    whole_prompts: come to a verdict only if a program can check every constraint wholly. A response that may fail but can
    never pass would be refined in vain.
    """

    whole_prompts: bool = True
    model = None
    name = RULES
    rule = VoteRule(votes=0)
    settings: ClassVar[Mapping[str, JsonValue]] = {}

    def request(self, question: Question, rounds: int = 1) -> None:
        return None

    def count(self, question: Question, answers: Sequence[Answer] = (), draw: random.Random | None = None) -> Votes:
        exact = question.exact
        if exact is None:
            return Votes([], [], "unknown", None, "", "")
        if self.whole_prompts and not wholly_checkable(question.constraints):
            return Votes([], [], "unknown", None, exact.judgement, exact.verdict)
        return count_checkers(exact)


def judge_of(
    model: AnyModel,
    rule: VoteRule = VoteRule(),
    temperature: float = 0.7,
    max_tokens: int = 2048,
    whole_prompts: bool = True,
) -> Judge:
    """Builds a judge: the checkers for `rules`, else a model that votes. whole_prompts: as in `CheckerJudge`.

    Raises SparError for checkers beside the checkers.
    """
    if model != RULES:
        return ModelJudge(model, rule, temperature, max_tokens)
    if rule.checkers != "beside":
        raise SparError(
            f"checkers {rule.checkers}: the checkers are the judge already; a model is expected as the judge"
        )
    return CheckerJudge(whole_prompts)


@dataclass(frozen=True)
class JudgedResponse:
    """The votes on one response, with the answers that they were counted from."""

    question: Question
    votes: Votes
    answers: Sequence[Answer] = ()

    @property
    def passed(self) -> bool | None:
        """True for Yes, False for No, else None."""
        return {"Yes": True, "No": False}.get(self.votes.verdict)

    @property
    def reason(self) -> str:
        """The votes in numbers; of the checkers, their reasons."""
        return f"{self.votes.verdict}: {self.votes.text()}" if self.answers else self.votes.judgement

    @property
    def transcript(self) -> list[dict[str, str]]:
        """Every vote with its reply."""
        return [transcribe(answer) for answer in self.answers]


def judge_all(
    phase: str, questions: Sequence[Question], judge: Judge, phases: Phases, fresh: bool = False
) -> list[JudgedResponse]:
    """Judges every text; a model gets all its requests at once.

    fresh: by votes that `judge_all` did not give before, the second round of the same request. A response that was chosen
    for its votes has to be scored by others.
    """
    requests = [judge.request(question, 2 if fresh else 1) for question in questions]
    to_ask = [request for request in requests if request]
    answers = iter(() if judge.model is None else phases.ask(phase, judge.model, to_ask))
    judged = []
    for question, request in zip(questions, requests, strict=True):
        votes = next(answers)[-judge.rule.votes :] if request else []
        judged.append(JudgedResponse(question, judge.count(question, votes), votes))
    return judged


def transcribe(answer: Answer) -> dict[str, str]:
    """One vote with its reply, and the thoughts before it."""
    if not isinstance(answer, Completion):
        return {"vote": "failed", "reply": str(answer)}
    verdict = parse_verdict(answer.text)
    vote = f"unparsed: {verdict.reason}" if isinstance(verdict, Unparsed) else "Yes" if verdict else "No"
    return {"vote": vote, "reply": answer.text, **({"thinking": answer.thinking} if answer.thinking else {})}
