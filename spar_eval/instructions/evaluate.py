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
from spar_data.models.phases import Reports, open_phases
from spar_eval.instructions.accuracy import headline
from spar_eval.instructions.benchmark import FIXED, Benchmark, assemble
from spar_eval.instructions.config import InstructionConfig
from spar_eval.instructions.prompts import BenchmarkPrompt, source_name
from spar_eval.instructions.refine_first import RefineFirst
from spar_eval.instructions.score import score
from spar_eval.responses import (
    ResponseSet,
    ResponseSource,
    ask_for_responses,
    read_responses,
    require_model_or_responses,
    responses_name,
)
from spar_eval.results import Result, Table


def evaluate(
    benchmark: Benchmark,
    prompts: Sequence[BenchmarkPrompt],
    model: AnyModel | None = None,
    *,
    responses: ResponseSource | None = None,
    source: object = None,
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
    source      where the prompts are from; a path or name is shown in the result.
    limit       the first so many prompts only. Responses may be rows for all prompts; texts are one for each of these.
    settings    fields of `InstructionConfig` that replace those of `config`, e.g. `temperature=0.7, samples=5`.
    store       where answers are kept, so that no call is made twice: an open store or its file. None: a temporary one.
    reports, progress   called with the progress of calls, and of scoring.

    Raises SparError if neither or both of model and responses are given, for responses that do not fit the prompts, and if
    calls failed (see `ask_for_responses`).
    """
    config = dataclasses.replace(config or InstructionConfig(), **settings)
    answers = _given_responses(prompts, model, responses, config, limit)
    prompts, texts = prompts[:limit], [prompt.text for prompt in prompts[:limit]]
    repaired = benchmark.repaired(config)
    checkers, workers = benchmark.checkers(repaired), config.workers or os.cpu_count() or 1
    refining = RefineFirst.of(config, model)
    if model is not None:
        identify(model)  # a wrong spec is an error before anything is written
    with open_phases(store if model is not None or refining else None, limits, reports) as phases:
        if model is not None:
            answers = ask_for_responses(model, texts, config, phases)
        items = score(prompts, answers.samples, checkers, workers, progress)
        if refining:
            before = Table("before refinement", headline(items, FIXED if repaired else ""))
            answers, notes = refining.refine(answers, texts, phases, config.partial)
            items = score(prompts, answers.samples, checkers, workers, progress)
    name, sampling = (responses_name(responses), None) if model is None else (model_label(model), config)
    result = assemble(benchmark, name, prompts, answers, items, sampling, source_name(source), repaired)
    if refining:
        result = refining.describe(result, before, notes)
    return dataclasses.replace(result, calls=tuple(phases.tallies))


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
    _given_responses(prompts, model, responses, config, limit)
    requests = [config.request(prompt.text) for prompt in prompts[:limit]]
    refining = RefineFirst(config.refine, "").call_note if config.refine else ""
    return (None if model is None else plan_calls(model, requests, store_file)), refining


def _given_responses(
    prompts: Sequence[BenchmarkPrompt],
    model: AnyModel | None,
    responses: ResponseSource | None,
    config: InstructionConfig,
    limit: int | None,
) -> ResponseSet:
    """The given responses to the first prompts; none if a model responds. Raises SparError for what does not go together."""
    require_model_or_responses(model, responses)
    if config.refine and config.refiner is None and model is None:
        raise SparError("--refine with --responses needs --refiner SPEC: the model that judges and refines")
    if responses is None:
        return ResponseSet([])
    texts = {prompt.id: prompt.text for prompt in prompts}
    return read_responses(responses, texts, [prompt.id for prompt in prompts[:limit]])
