"""Evaluates a model, or responses, on a benchmark of verifiable instructions."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.models import AnyModel, Budget, Limits, Store, identify, model_label, silent
from spar_data.models.estimate import CallPlan, plan_calls
from spar_data.models.phases import Phases, Reports, open_phases
from spar_eval.instructions.accuracy import headline
from spar_eval.instructions.benchmark import FIXED, Benchmark, assemble
from spar_eval.instructions.config import InstructionConfig
from spar_eval.instructions.prompts import BenchmarkPrompt
from spar_eval.instructions.refine_first import RefineFirst
from spar_eval.instructions.score import score
from spar_eval.responses import (
    ResponseSet,
    ResponseSource,
    ask_for_responses,
    read_responses,
    require_model_or_responses,
)
from spar_eval.results import Result, Table


def evaluate(
    benchmark: Benchmark,
    prompts: Sequence[BenchmarkPrompt],
    model: AnyModel | None = None,
    *,
    responses: ResponseSource | None = None,
    source: str = "given in memory",
    limit: int | None = None,
    config: InstructionConfig | None = None,
    store: Store | Path | str | None = None,
    limits: Limits | Budget = Limits(),
    reports: Reports = lambda phase: silent,
    progress: Callable[[str, int], None] = lambda phase, rows: None,
    **settings: Any,
) -> Result:
    """Gets responses to the prompts, refines them if asked to, and scores them.

    model       responds to the prompts: a spec, or an object with the model protocol. Or
    responses   are scored: a JSON Lines file, one text for each prompt, mappings or a frame (`read_responses`).
    source      name of the data in the result.
    limit       the first so many prompts only.
    settings    fields of `InstructionConfig` that replace those of `config`, e.g. `temperature=0.7, samples=5`.
    store       where answers are kept, so that no call is made twice: an open store or its file. None: a temporary one.
    reports, progress   called with the progress of calls, and of scoring.

    Raises SparError if neither or both of model and responses are given, for responses that do not fit the prompts, and if
    calls failed (see `ask_for_responses`).
    """
    config = dataclasses.replace(config or InstructionConfig(), **settings)
    given = given_responses(prompts, model, responses, config, limit)
    prompts, texts = prompts[:limit], [prompt.text for prompt in prompts[:limit]]
    repaired = benchmark.repaired(config)
    checkers, workers = benchmark.checkers(repaired), config.workers or os.cpu_count() or 1
    refining = RefineFirst.of(config, model)
    if model is not None:
        identify(model)  # a wrong spec is an error before anything is written
    with open_phases(store if given is None or refining else None, limits, reports) as phases:
        answers = given if model is None else ask_for_responses(model, texts, config, phases)
        assert answers is not None
        items = score(prompts, answers.samples, checkers, workers, progress)
        if refining:
            before = Table("before refinement", headline(items, FIXED if repaired else ""))
            answers, notes = _refine(refining, answers, texts, phases, config.partial)
            items = score(prompts, answers.samples, checkers, workers, progress)
    name = model_label(model) if model is not None else responses_name(responses)
    result = assemble(benchmark, name, prompts, answers, items, config if model is not None else None, source, repaired)
    if refining:
        result = _add_refinement(result, refining, before, notes)
    return dataclasses.replace(result, calls=tuple(phases.tallies))


def _refine(
    refining: RefineFirst, responses: ResponseSet, prompts: Sequence[str], phases: Phases, partial: bool
) -> tuple[ResponseSet, list[str]]:
    """The refined responses, with notes. Raises SparError if the budget ended the refinement, unless partial."""
    refined, note = refining.refine(responses, prompts, phases)
    if not phases.stopped:
        return refined, [note]
    if not partial:
        raise SparError(
            f"stopped by the {phases.stopped}: not every response that fails is refined, so nothing is scored. The same "
            "command continues from there; --partial scores the others as they are"
        )
    return refined, [note, f"incomplete: stopped by the {phases.stopped}"]


def _add_refinement(result: Result, refining: RefineFirst, before: Table, notes: list[str]) -> Result:
    return dataclasses.replace(
        result,
        signature=f"{result.signature}|{refining.signature}",
        tables=(before, *result.tables),
        notes=(*notes, *result.notes),
        settings={**result.settings, "refine": refining.settings},
    )


def plan_evaluation(
    prompts: Sequence[BenchmarkPrompt],
    model: AnyModel | None,
    responses: ResponseSource | None,
    limit: int | None,
    config: InstructionConfig,
    store_file: Path,
) -> tuple[CallPlan | None, str]:
    """What `evaluate` would ask for responses, None if they are given; and a sentence on the calls of refining, which depend
    on the responses. Makes no call."""
    given_responses(prompts, model, responses, config)
    requests = [config.request(prompt.text) for prompt in prompts[:limit]]
    refining = RefineFirst(config.refine, "").call_note if config.refine else ""
    return (None if model is None else plan_calls(model, requests, store_file)), refining


def given_responses(
    prompts: Sequence[BenchmarkPrompt],
    model: AnyModel | None,
    responses: ResponseSource | None,
    config: InstructionConfig,
    limit: int | None = None,
) -> ResponseSet | None:
    """The given responses to the first prompts, None if a model responds. Raises SparError for what does not go together."""
    require_model_or_responses(model, responses)
    if config.refine and config.refiner is None and model is None:
        raise SparError("--refine with --responses needs --refiner SPEC: the model that judges and refines")
    if responses is None:
        return None
    read = read_responses(responses, [prompt.id for prompt in prompts], [prompt.text for prompt in prompts])
    return dataclasses.replace(read, samples=read.samples[:limit])


def responses_name(responses: ResponseSource | None) -> str:
    """What a result calls the model behind responses: the name of their file."""
    return Path(responses).name if isinstance(responses, str | Path) else "responses"
