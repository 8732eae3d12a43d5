"""Refinement at inference time: a response that its judge says No to is refined before it is scored."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.models import AnyModel, identify, model_label
from spar_data.models.phases import Phases
from spar_data.selfplay.judge.judges import ModelJudge, Question, judge_all
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.refine.refiners import Case, ModelRefiner
from spar_data.selfplay.search.orders import SearchConfig, most_refinements
from spar_data.selfplay.search.refine import refine_all
from spar_eval.instructions.config import InstructionConfig
from spar_eval.responses import ResponseSample, ResponseSet
from spar_eval.results import Result, Table

_VOTES = 5
_TEMPERATURE = 0.7


@dataclass(frozen=True)
class RefineFirst:
    """Refines failing responses in an order of search, with the paper's values. model: judges and refines."""

    order: str
    model: AnyModel

    @classmethod
    def of(cls, config: InstructionConfig, model: AnyModel | None) -> RefineFirst | None:
        """What the config asks for. model: the model under test, which refines if no other one is given. Raises SparError for
        a wrong spec."""
        refiner = model if config.refiner is None else config.refiner
        if config.refine is None or refiner is None:
            return None
        identify(refiner)
        return cls(config.refine, refiner)

    @property
    def search(self) -> SearchConfig:
        """Ties are voted on again in a tree only."""
        if self.order in ("best-of-n", "iterative"):
            return SearchConfig(self.order, rounds=1, last_text=self.order == "iterative")
        return SearchConfig(self.order)

    @property
    def call_note(self) -> str:
        """The calls for one response at most, for --dry-run."""
        return (
            f"Refining is not in that: {_VOTES} votes a response, and for each No at most "
            f"{most_refinements(self.search)} refinements with {_VOTES} votes each."
        )

    def refine(
        self, responses: ResponseSet, prompts: Sequence[str], phases: Phases, partial: bool
    ) -> tuple[ResponseSet, list[str]]:
        """Replaces every response that was judged No by its refinement, if there is one; and notes with the counts.

        Of a tree the refinement is the node of the highest V. Raises SparError for a model that cannot be asked and, unless
        partial, if the budget ended the refinement.
        """
        judge = ModelJudge(self.model, VoteRule(_VOTES), _TEMPERATURE)
        samples = [list(of_prompt) for of_prompt in responses.samples]
        places = [
            (p, s) for p, of_prompt in enumerate(samples) for s, first in enumerate(of_prompt) if first.text.strip()
        ]
        questions = [Question(prompts[p], samples[p][s].text) for p, s in places]
        judged = judge_all("judge", questions, judge, phases)
        failing = [at for at, response in enumerate(judged) if response.passed is False]
        cases = [Case(questions[at].prompt, questions[at].response, judged[at].votes.judgement) for at in failing]
        refined = refine_all(cases, ModelRefiner(self.model, _TEMPERATURE), judge, phases, self.search)
        for at, refinement in zip(failing, refined, strict=True):
            if refinement.text:
                prompt, sample = places[at]
                samples[prompt][sample] = ResponseSample(refinement.text, samples[prompt][sample].thinking)
        notes = [
            f"refined at inference time by {self.order}: {model_label(self.model)} said No to {len(failing):,} of "
            f"{len(places):,} responses and refined {sum(bool(refinement.text) for refinement in refined):,} of them; the others, "
            f"{sum(response.passed is None for response in judged):,} ties and unparsed judgements among them, are scored as "
            "they were; the table 'before refinement' has the scores of the first responses"
        ]
        if phases.stopped and not partial:
            raise SparError(
                f"stopped by the {phases.stopped}: not every response that fails is refined, so nothing is scored. The same "
                "command continues from there; --partial scores the others as they are"
            )
        if phases.stopped:
            notes.append(f"incomplete: stopped by the {phases.stopped}")
        return dataclasses.replace(responses, samples=samples), notes

    def describe(self, result: Result, before: Table, notes: list[str]) -> Result:
        """The result of refined responses, with the scores before."""
        signature = f"refine:{self.order},{identify(self.model).name},votes:{_VOTES},T:{_TEMPERATURE:g}"
        settings = {"order": self.order, "spec": model_label(self.model), "votes": _VOTES, "temperature": _TEMPERATURE}
        return dataclasses.replace(
            result,
            signature=f"{result.signature}|{signature}",
            tables=(before, *result.tables),
            notes=(*notes, *result.notes),
            settings={**result.settings, "refine": settings},
        )
