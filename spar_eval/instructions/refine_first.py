"""Refinement at inference time: a response that its judge says No to is refined before it is scored."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.models import identify
from spar_data.models.phases import Rounds
from spar_data.selfplay.judge.judges import ModelJudge, Question, judge_all
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.refine.refiners import Case, ModelRefiner
from spar_data.selfplay.search.orders import SearchConfig, most_refinements
from spar_data.selfplay.search.refine import refine_all
from spar_eval.responses import Response, Responses

ORDERS = ("bfs", "dfs", "best-first", "best-of-n", "iterative")


@dataclass(frozen=True)
class Refinement:
    """order: one of ORDERS, with the paper's values. spec: the model that judges and refines."""

    order: str
    spec: str
    votes: int = 5
    temperature: float = 0.7

    @property
    def signature(self) -> str:
        return f"refine:{self.order},{identify(self.spec).name},votes:{self.votes},T:{self.temperature:g}"

    @property
    def search(self) -> SearchConfig:
        """Ties are voted on again in a tree only."""
        if self.order in ("best-of-n", "iterative"):
            return SearchConfig(self.order, rounds=1, last_text=self.order == "iterative")
        return SearchConfig(self.order)

    @property
    def most(self) -> int:
        """Refinements of one response at most."""
        return most_refinements(self.search)


@dataclass(frozen=True)
class Counts:
    """Of responses: those there were, those judged No, those of them that were refined."""

    responses: int
    failing: int
    refined: int
    undecided: int

    def note(self, how: Refinement) -> str:
        return (
            f"refined at inference time by {how.order}: {how.spec} said No to {self.failing:,} of {self.responses:,} responses "
            f"and refined {self.refined:,} of them; the others, {self.undecided:,} ties and unparsed judgements among them, are "
            "scored as they were; the table 'before refinement' has the scores of the first responses"
        )


def refine(given: Responses, prompts: Sequence[str], how: Refinement, rounds: Rounds) -> tuple[Responses, Counts]:
    """The responses with every one that was judged No replaced by its refinement, if there is one: of a tree the node of the
    highest V. Raises SparError for a model that cannot be asked."""
    if how.order not in ORDERS:
        raise SparError(f"refine {how.order!r}: one of {', '.join(ORDERS)} is expected")
    judge = ModelJudge(how.spec, VoteRule(how.votes))
    places = [
        (p, s) for p, each in enumerate(given.samples) for s, response in enumerate(each) if response.text.strip()
    ]
    questions = [Question(prompts[p], given.samples[p][s].text) for p, s in places]
    verdicts = judge_all("judge", questions, judge, rounds)
    failing = [
        (place, Case(question.prompt, question.response, judged.votes.judgement))
        for place, question, judged in zip(places, questions, verdicts, strict=True)
        if judged.votes.verdict == "No"
    ]
    cases = [case for _, case in failing]
    found = refine_all(cases, ModelRefiner(how.spec, how.temperature), judge, rounds, how.search)
    samples = [list(each) for each in given.samples]
    for ((p, s), _), refined in zip(failing, found, strict=True):
        if refined.text:
            samples[p][s] = Response(refined.text, given.samples[p][s].thinking)
    undecided = sum(judged.votes.verdict not in ("Yes", "No") for judged in verdicts)
    counts = Counts(len(places), len(failing), sum(bool(each.text) for each in found), undecided)
    return dataclasses.replace(given, samples=samples), counts
