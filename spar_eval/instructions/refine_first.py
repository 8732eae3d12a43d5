"""Refinement at inference time: a response that its judge says No to is refined before it is scored."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.models import identify
from spar_data.models.phases import Rounds
from spar_data.selfplay.judge.verdicts import Judge, Question, judge_all
from spar_data.selfplay.search import decoding
from spar_data.selfplay.search.decoding import Case, Refiner
from spar_data.selfplay.search.orders import SearchConfig
from spar_data.selfplay.search.refine import by_tree, most
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
    def most(self) -> int:
        """Refinements of one response at most."""
        return most(SearchConfig(self.order))[1]


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
    judge = Judge(how.spec, how.votes)
    places = [
        (p, s) for p, each in enumerate(given.samples) for s, response in enumerate(each) if response.text.strip()
    ]
    questions = [Question(prompts[p], given.samples[p][s].text) for p, s in places]
    verdicts = judge_all("judge", questions, judge, rounds)
    failing = [
        (place, Case(question.prompt, question.response, verdict.judgement))
        for place, question, verdict in zip(places, questions, verdicts, strict=True)
        if verdict.word == "No"
    ]
    refiner, cases = Refiner(how.spec, how.temperature), [case for _, case in failing]
    match how.order:
        case "best-of-n":
            found = decoding.best_of_n(cases, refiner, judge, rounds)
        case "iterative":
            found = decoding.iterative(cases, refiner, judge, rounds)
        case _:
            found = by_tree(cases, refiner, judge, rounds, SearchConfig(how.order))
    samples = [list(each) for each in given.samples]
    for ((p, s), _), refined in zip(failing, found, strict=True):
        if refined.text:
            samples[p][s] = Response(refined.text, given.samples[p][s].thinking)
    undecided = sum(verdict.word not in ("Yes", "No") for verdict in verdicts)
    counts = Counts(len(places), len(failing), sum(bool(each.text) for each in found), undecided)
    return dataclasses.replace(given, samples=samples), counts
