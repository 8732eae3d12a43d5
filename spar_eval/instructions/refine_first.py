"""Refinement at inference time: a response that its judge says No to is refined before it is scored."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.models import AnyModel, identify, model_label
from spar_data.models.phases import Phases
from spar_data.selfplay.judge.judges import ModelJudge, Question, judge_all
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.refine.refiners import Case, ModelRefiner
from spar_data.selfplay.search.orders import SearchConfig, most_refinements
from spar_data.selfplay.search.refine import refine_all
from spar_eval.instructions.config import InstructionConfig
from spar_eval.responses import ResponseSample, ResponseSet

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
    def settings(self) -> dict[str, object]:
        spec = model_label(self.model)
        return {"order": self.order, "spec": spec, "votes": _VOTES, "temperature": _TEMPERATURE}

    @property
    def signature(self) -> str:
        return f"refine:{self.order},{identify(self.model).name},votes:{_VOTES},T:{_TEMPERATURE:g}"

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

    def refine(self, responses: ResponseSet, prompts: Sequence[str], phases: Phases) -> tuple[ResponseSet, str]:
        """Replaces every response that was judged No by its refinement, if there is one; and a note with the counts.

        Of a tree the refinement is the node of the highest V. Raises SparError for a model that cannot be asked.
        """
        judge = ModelJudge(self.model, VoteRule(_VOTES))
        places = [
            (prompt, sample)
            for prompt, samples in enumerate(responses.samples)
            for sample, response in enumerate(samples)
            if response.text.strip()
        ]
        questions = [Question(prompts[p], responses.samples[p][s].text) for p, s in places]
        votes = [judged.votes for judged in judge_all("judge", questions, judge, phases)]
        failing = [at for at, counted in enumerate(votes) if counted.verdict == "No"]
        cases = [Case(questions[at].prompt, questions[at].response, votes[at].judgement) for at in failing]
        refiner = ModelRefiner(self.model, _TEMPERATURE)
        refined = refine_all(cases, refiner, judge, phases, self.search)
        samples = [list(of_prompt) for of_prompt in responses.samples]
        for at, refinement in zip(failing, refined, strict=True):
            if refinement.text:
                prompt, sample = places[at]
                samples[prompt][sample] = ResponseSample(refinement.text, samples[prompt][sample].thinking)
        undecided = sum(counted.verdict not in ("Yes", "No") for counted in votes)
        note = (
            f"refined at inference time by {self.order}: {model_label(self.model)} said No to {len(failing):,} of "
            f"{len(places):,} responses and refined {sum(bool(refinement.text) for refinement in refined):,} of them; the others, "
            f"{undecided:,} ties and unparsed judgements among them, are scored as they were; the table 'before refinement' "
            "has the scores of the first responses"
        )
        return dataclasses.replace(responses, samples=samples), note
