"""The sets for supervised fine-tuning of SPaR (arXiv 2412.11605): for the actor, a judge, a refiner.

actor   a prompt, and the teacher's response to it.
judge   the judge's request about a response of the actor, and the teacher's judgement.
refine  the three turns of a refinement of a response that the teacher judged failing, and the teacher's reply.

The templates are those that judges and refiners are asked with later on. Every reply passes gates (gates.py), or is in the
ledger with its reason. The actor whose responses are judged is the one trained on the first set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from spar_data.core.ids import row_id
from spar_data.core.records import Prompt
from spar_data.models import AnyModel, Message, Unparsed
from spar_data.models.phases import Phases
from spar_data.selfplay.judge.judges import Question
from spar_data.selfplay.judge.prompt import judge_request, parse_verdict
from spar_data.selfplay.records import Dialogue
from spar_data.selfplay.refine.prompt import parse_refinement, refine_request
from spar_data.selfplay.refine.refiners import Case
from spar_data.sft import gates
from spar_data.sft.config import SftConfig
from spar_data.sft.gates import GateDrop, reply_text
from spar_data.sft.sets import SftSets
from spar_data.sft.split import held_out, split
from spar_data.sft.teacher import Teacher


@dataclass(frozen=True)
class _Response:
    """A response of the actor, with its judgement once there is one. passed: its verdict."""

    prompt_id: str
    sample: int
    question: Question
    passed: bool | None = None
    judgement: str = ""

    @property
    def id(self) -> str:
        return row_id(self.prompt_id, str(self.sample))


def build_sets(
    prompts: Sequence[Prompt], teacher: Teacher, actor: AnyModel, config: SftConfig, phases: Phases
) -> SftSets:
    """The rows of all sets; of the actor's set alone without an actor ("")."""
    sets = SftSets(split(prompts, config))
    _add_actor_rows(sets, teacher, config, phases)
    if actor:
        responses = _respond(sets, actor, config, phases)
        to_refine = {prompt.id for prompt in sets.parts["refine"]}
        judged = _judge(sets, responses, teacher, to_refine, phases)
        failing = [response for response in judged if response.prompt_id in to_refine and not response.passed]
        _add_refine_rows(sets, failing, teacher, config, phases)
    return sets


def _question(prompt: Prompt) -> Question:
    return Question(prompt.text, "", prompt.constraints)


def _add_actor_rows(sets: SftSets, teacher: Teacher, config: SftConfig, phases: Phases) -> None:
    prompts = sets.parts["actor"]
    answers = teacher.respond([_question(prompt) for prompt in prompts], phases)
    for prompt, answer in zip(prompts, answers, strict=True):
        reply = reply_text(answer)
        drop = gates.check_answer(answer) or gates.check_response(prompt.text, reply, prompt.constraints, config)
        if sets.note("actor", prompt.id, 0, drop):
            messages = (Message("user", prompt.text),)
            sets.rows["actor"].append(_dialogue("actor", prompt.id, messages, reply, row_id(prompt.id, "0")))


def _respond(sets: SftSets, actor: AnyModel, config: SftConfig, phases: Phases) -> list[_Response]:
    """The actor's responses to the prompts of judge and refiner, each text of a prompt once."""
    prompts = [*sets.parts["judge"], *sets.parts["refine"]]
    answers = phases.ask("actor responds", actor, [config.sampling.request(prompt.text) for prompt in prompts])
    responses = []
    for prompt, samples in zip(prompts, answers, strict=True):
        texts: set[str] = set()
        for sample, answer in enumerate(samples):
            text = reply_text(answer)
            drop = gates.check_answer(answer) or (GateDrop("duplicate") if text in texts else None)
            texts.add(text)
            if sets.note("response", prompt.id, sample, drop):
                responses.append(_Response(prompt.id, sample, replace(_question(prompt), response=text)))
    return responses


def _judge(
    sets: SftSets, responses: list[_Response], teacher: Teacher, to_refine: set[str], phases: Phases
) -> list[_Response]:
    """The responses with a judgement that passes the gates. Those to prompts of the judge's set become rows."""
    judged = []
    for response, answer in zip(responses, teacher.judge([r.question for r in responses], phases), strict=True):
        reply, refines = reply_text(answer), response.prompt_id in to_refine
        verdict = parse_verdict(reply)
        drop = gates.check_answer(answer)
        if drop is None and isinstance(verdict, Unparsed):
            drop = gates.unparsed(response.question.prompt, reply, verdict)
        elif drop is None and isinstance(verdict, bool):
            drop = gates.check_judgement(response.question, reply, verdict)
            if drop is None and verdict and refines:
                drop = GateDrop("passes")
        stage = "refine: judgement" if refines else "judge"
        if sets.note(stage, response.prompt_id, response.sample, drop) and isinstance(verdict, bool):
            judged.append(replace(response, passed=verdict, judgement=reply))
            if not refines:
                messages = judge_request(response.question.prompt, response.question.response).messages
                label = "Yes" if verdict else "No"
                sets.rows["judge"].append(_dialogue("judge", response.prompt_id, messages, reply, response.id, label))
    return judged


def _add_refine_rows(
    sets: SftSets, failing: list[_Response], teacher: Teacher, config: SftConfig, phases: Phases
) -> None:
    chosen = _drawn(failing, config)
    cases = [Case(r.question.prompt, r.question.response, r.judgement, r.question.constraints) for r in chosen]
    rows = []
    for response, case, answer in zip(chosen, cases, teacher.refine(cases, phases), strict=True):
        reply = reply_text(answer)
        drop, similarity = gates.check_answer(answer), None
        if drop is None:
            drop, similarity = _check_refinement(case, reply, config)
        if sets.note("refine", response.prompt_id, response.sample, drop, similarity):
            messages = refine_request(case.prompt, case.response, case.judgement).messages
            rows.append(_dialogue("refine", response.prompt_id, messages, reply, response.id))
    test = held_out([row.prompt_id for row in rows], config)
    sets.rows["refine"] = [row for row in rows if row.prompt_id not in test]
    sets.rows["refine_test"] = [row for row in rows if row.prompt_id in test]


def _drawn(failing: list[_Response], config: SftConfig) -> list[_Response]:
    """At most `refine_per_prompt` failing responses of each prompt, in order."""
    groups: dict[str, list[_Response]] = {}
    for response in failing:
        groups.setdefault(response.prompt_id, []).append(response)
    drawn = []
    for prompt_id, group in groups.items():
        random = Random(f"{config.seed}:{prompt_id}")
        samples = {r.sample for r in random.sample(group, min(config.refine_per_prompt, len(group)))}
        drawn += [response for response in group if response.sample in samples]
    return drawn


def _check_refinement(case: Case, reply: str, config: SftConfig) -> tuple[GateDrop | None, float | None]:
    text = parse_refinement(reply, case.prompt, case.response)
    if isinstance(text, Unparsed):
        return gates.unparsed(case.prompt, reply, text), None
    drop, similarity = gates.check_change(case.response, text, config)
    return drop or gates.check_response(case.prompt, text, case.constraints, config), similarity


def _dialogue(
    kind: str, prompt_id: str, request: Sequence[Message], reply: str, source: str, label: str = ""
) -> Dialogue:
    return Dialogue.of(kind, "sft", prompt_id, [*request, Message("assistant", reply)], label, [source])
