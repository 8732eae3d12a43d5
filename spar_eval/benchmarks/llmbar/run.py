"""Runs LLMBar: asks a judge about every pair, and scores its verdicts against the gold labels."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spar_data import __version__
from spar_data.core import templates
from spar_data.models import Answer, AnyModel, Budget, Limits, Request, Store, identify, model_label, silent
from spar_data.models.estimate import CallPlan, plan_calls
from spar_data.models.phases import Reports, open_phases
from spar_data.selfplay.judge.prompt import judge_request
from spar_data.sources.json_rows import RowSource
from spar_eval.benchmarks.llmbar.config import LlmbarConfig
from spar_eval.benchmarks.llmbar.data import LlmbarData, load_llmbar
from spar_eval.benchmarks.llmbar.items import pairwise_item, pointwise_item, problem_counts
from spar_eval.benchmarks.llmbar.pairwise import compare_request
from spar_eval.benchmarks.llmbar.scores import LEFT_OUT, compute_scores
from spar_eval.results import Item, Result


def llmbar(
    judge: AnyModel,
    *,
    data: RowSource | None = None,
    limit: int | None = None,
    config: LlmbarConfig | None = None,
    store: Store | Path | str | None = None,
    limits: Limits | Budget = Limits(),
    reports: Reports = lambda phase: silent,
    **settings: Any,
) -> Result:
    """Scores a judge on LLMBar: of two outputs, one follows the instruction, the other only looks as if it did.

    data: what `load_llmbar` takes; None for the benchmark itself. limit: pairs of each subset. settings: fields of
    `LlmbarConfig`. The others: as in `evaluate`. Raises SparError for data that is not LLMBar's, and for what would fail
    every call.

    >>> from spar_data import FunctionModel
    >>> from spar_eval import llmbar
    >>> pair = {"input": "Name a fruit.", "output_1": "A carrot.", "output_2": "A pear.", "label": 2}
    >>> judge = FunctionModel(lambda request: f"Final Judgement: {'Yes' if 'pear' in str(request) else 'No'}")
    >>> llmbar(judge, data=[pair], mode="pointwise", votes=1).score("pointwise accuracy").value
    1.0
    """
    config = dataclasses.replace(config or LlmbarConfig(), **settings)
    name = identify(judge).name
    pairs = load_llmbar(data, config.subsets, limit)
    with open_phases(store, limits, reports) as phases:
        answers = iter(phases.ask("judge", judge, judge_requests(pairs, config)))
    items = list(_items(pairs, config, answers))
    scores = compute_scores(items, pairs.subsets)
    settings = {
        "spec": model_label(judge), **dataclasses.asdict(config), "subsets": list(pairs.subsets),
        "limit": limit or 0, "data": pairs.sha256,
    }  # fmt: skip
    notes = templates.render_lines(
        "llmbar_notes.txt.jinja",
        "spar_eval",
        scores=scores,
        subsets=pairs.subsets,
        stopped=phases.tallies[0][1].stopped,
        limit=limit,
        left_out=LEFT_OUT,
    )
    return Result(
        "llmbar",
        model_label(judge),
        _signature(pairs, config, name, limit),
        scores.scores,
        tuple(items),
        scores.tables,
        problem_counts(items),
        tuple(notes),
        settings,
        calls=tuple(phases.tallies),
    )


def _items(data: LlmbarData, config: LlmbarConfig, answers: Iterator[list[Answer]]) -> Iterator[Item]:
    """answers: to `judge_requests`, in order."""
    if config.pointwise:
        yield from (pointwise_item(pair, output, next(answers)) for pair in data.pairs for output in (1, 2))
    if config.pairwise:
        yield from (pairwise_item(pair, next(answers), next(answers)) for pair in data.pairs)


def plan_llmbar(
    judge: AnyModel, data: RowSource | None, limit: int | None, config: LlmbarConfig, store_file: Path
) -> CallPlan:
    """What `llmbar` would ask."""
    return plan_calls(judge, judge_requests(load_llmbar(data, config.subsets, limit), config), store_file)


def judge_requests(data: LlmbarData, config: LlmbarConfig) -> list[Request]:
    """Two for each pair and mode: each output alone, then output 1 first and output 2 first."""
    sampling = config.votes, config.temperature, config.max_tokens
    requests = []
    if config.pointwise:
        requests += [judge_request(p.prompt, output, *sampling) for p in data.pairs for output in p.outputs]
    if config.pairwise:
        orders = ((p.prompt, *outputs) for p in data.pairs for outputs in (p.outputs, p.outputs[::-1]))
        requests += [compare_request(prompt, first, second, *sampling) for prompt, first, second in orders]
    return requests


def _signature(data: LlmbarData, config: LlmbarConfig, name: str, limit: int | None) -> str:
    requests = [judge_request("{prompt}", "{response}")] if config.pointwise else []
    requests += [compare_request("{prompt}", "{first}", "{second}")] if config.pairwise else []
    template = hashlib.sha256("\n".join(r.messages[0].content for r in requests).encode()).hexdigest()[:8]
    limited = f"|limit:{limit}" if limit else ""
    return (
        f"llmbar|judge:{name}|mode:{config.mode}|votes:{config.votes}|temperature:{config.temperature:g}|"
        f"max-tokens:{config.max_tokens}|undecided:wrong|template:{template}|data:{data.sha256[:8]}{limited}|"
        f"spar-suite-{__version__}"
    )
