"""Runs FollowBench: gets responses, has them judged, and scores them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.models import AnyModel, Budget, Completion, Limits, Request, Store, identify, model_label, read, silent
from spar_data.models.estimate import CallPlan, plan_calls
from spar_data.models.phases import Phases, Reports, open_phases
from spar_data.sources.json_rows import RowSource
from spar_eval.benchmarks.followbench.assemble import assemble
from spar_eval.benchmarks.followbench.config import CATEGORIES, FollowBenchConfig
from spar_eval.benchmarks.followbench.data import FollowBenchData, LeveledPrompt, default_source, load_followbench
from spar_eval.benchmarks.followbench.judging import count_lists, judge_request
from spar_eval.benchmarks.followbench.rules import check_by_rules, has_rule
from spar_eval.benchmarks.followbench.scores import ResponseVerdict
from spar_eval.instructions.benchmark import decoding
from spar_eval.instructions.evaluate import responses_name
from spar_eval.responses import (
    ResponseSample,
    ResponseSet,
    ResponseSource,
    ask_for_responses,
    read_responses,
    require_model_or_responses,
)
from spar_eval.results import Result


def followbench(
    model: AnyModel | None = None,
    *,
    responses: ResponseSource | None = None,
    data: RowSource | None = None,
    judge: AnyModel | None = None,
    limit: int | None = None,
    config: FollowBenchConfig | None = None,
    store: Store | Path | str | None = None,
    limits: Limits | Budget = Limits(),
    reports: Reports = lambda phase: silent,
    **settings: Any,
) -> Result:
    """Scores a model, or responses, on FollowBench: instructions that gain one constraint a level.

    data: what `load_followbench` takes; None for the benchmark itself. judge: the model that decides where no rule can, not
    needed with `rules_only`. limit: groups of each category. settings: fields of `FollowBenchConfig`. The others: as in
    `evaluate`. Raises SparError for what does not go together or would fail every call.

    >>> from spar_data import FunctionModel
    >>> from spar_eval import followbench
    >>> rows = [{"example_id": 1, "category": "content", "source": "x", "level": level, "instruction": text}
    ...         for level, text in enumerate(["Name a fruit", "Name a red fruit", "Name a red fruit, in capitals"])]
    >>> judge = FunctionModel(lambda request: "['YES', 'NO']" if "2 constraints" in str(request) else "['YES']")
    >>> result = followbench(FunctionModel(lambda request: "Cherry"), data=rows, judge=judge)
    >>> [(item.id, [check.verdicts["satisfied"] for check in item.checks]) for item in result.items]
    [('content/1/1', [True]), ('content/1/2', [True, False])]
    """
    config = dataclasses.replace(config or FollowBenchConfig(), **settings)
    benchmark, answers = _load(model, responses, data, judge, limit, config)
    for spec in (model, judge):
        if spec is not None:
            identify(spec)  # a wrong spec is an error before anything is asked
    with open_phases(store if model is not None or judge is not None else None, limits, reports) as phases:
        if model is not None:
            answers = ask_for_responses(model, [prompt.instruction for prompt in benchmark.prompts], config, phases)
        counts = Counter(answers.counts)
        judged = {} if judge is None else _judge(benchmark, answers, judge, config, phases, counts)
    result = assemble(
        benchmark,
        _verdicts(benchmark, answers, judged, config.checker),
        model_label(model) if model is not None else responses_name(responses),
        "none" if judge is None else f"{model_label(judge)},max_tokens {config.judge_max_tokens}",
        config,
        decoding(None if model is None else config),
        counts,
        answers.notes,
        _verdicts(benchmark, answers, judged, "official") if config.checker == "fixed" else None,
    )
    return dataclasses.replace(result, calls=tuple(phases.tallies))


def _verdicts(
    data: FollowBenchData, answers: ResponseSet, judged: Mapping[tuple[str, int], ResponseVerdict], checker: str
) -> list[ResponseVerdict]:
    return [
        judged.get((prompt.id, sample)) or _without_judge(prompt, sample, response, checker)
        for prompt, sample, response in _flat(data, answers)
    ]


def plan_followbench(
    model: AnyModel | None,
    responses: ResponseSource | None,
    data: RowSource | None,
    judge: AnyModel | None,
    limit: int | None,
    config: FollowBenchConfig,
    store_file: Path,
) -> Iterator[tuple[str, str, CallPlan]]:
    """What `followbench` would ask, by phase and model. Responses that are not stored yet count with their maximal length."""
    benchmark, answers = _load(model, responses, data, judge, limit, config)
    if model is not None:
        requests = [config.request(prompt.instruction) for prompt in benchmark.prompts]
        yield "responses", model_label(model), plan_calls(model, requests, store_file)
        answers = _expected(model, requests, config, store_file)
    if judge is not None:
        _, requests = _to_judge(benchmark, answers, config)
        yield "judgements", model_label(judge), plan_calls(judge, requests, store_file)


def select(data: FollowBenchData, categories: Sequence[str], limit: int | None, rules_only: bool) -> FollowBenchData:
    """The first `limit` groups of each category. Groups stay whole, so that consistent levels stay defined. rules_only: only
    groups that rules score."""
    groups = []
    for category in categories or CATEGORIES:
        matching = [
            group
            for group in data.groups
            if group.category == category and (not rules_only or all(map(has_rule, group.scored)))
        ]
        groups += matching[:limit]
    if not groups:
        by = " that rules score" if rules_only else ""
        raise SparError(f"the data has no group{by} of {', '.join(categories) or 'any category'}")
    return FollowBenchData(tuple(groups), data.notes)


def _load(
    model: AnyModel | None, responses: ResponseSource | None, data: RowSource | None, judge: AnyModel | None,
    limit: int | None, config: FollowBenchConfig,
) -> tuple[FollowBenchData, ResponseSet]:  # fmt: skip
    """The prompts to score, and the responses to them; none yet if a model responds."""
    require_model_or_responses(model, responses)
    if (judge is None) != config.rules_only:
        raise SparError(
            "one of --judge SPEC and --rules-only (only what needs no judge) is expected; in Python, judge or rules_only=True"
        )
    benchmark = load_followbench(default_source() if data is None else data)
    selected = select(benchmark, config.categories, limit, config.rules_only)
    if responses is None:
        return selected, ResponseSet([])
    texts = {prompt.id: prompt.instruction for prompt in benchmark.prompts}
    answers = read_responses(responses, texts)
    by_id = dict(zip(texts, answers.samples, strict=True))
    return selected, dataclasses.replace(answers, samples=[by_id[prompt.id] for prompt in selected.prompts])


def _judge(
    data: FollowBenchData, responses: ResponseSet, judge: AnyModel, config: FollowBenchConfig, phases: Phases,
    counts: Counter[str],
) -> dict[tuple[str, int], ResponseVerdict]:  # fmt: skip
    """The judge's verdicts by prompt and sample. Adds lost judgements to the counts."""
    to_judge, requests = _to_judge(data, responses, config)
    verdicts = {}
    for (prompt, sample, response), answers in zip(to_judge, phases.ask("judge", judge, requests), strict=True):
        votes = count_lists(answers, prompt.level)
        counts["judge's replies that do not parse"] += len(votes.unparsed)
        counts["judge's calls that failed"] += len(votes.failed)
        verdicts[prompt.id, sample] = ResponseVerdict(
            prompt, sample, response, votes.satisfied, votes.reasons, "judge", judgements=votes.replies
        )
    return verdicts


def _expected(model: AnyModel, requests: list[Request], config: FollowBenchConfig, store_file: Path) -> ResponseSet:
    """Stored responses, and texts of maximal length in place of the others."""
    longest = ResponseSample("word" * config.max_tokens)  # a token is about four characters
    if not store_file.exists():
        return ResponseSet([[longest] for _ in requests])
    with Store(store_file) as store:
        answers = list(read(identify(model), requests, store))
    return ResponseSet(
        [[ResponseSample.of(a) if isinstance(a, Completion) else longest for a in samples] for samples in answers]
    )


_Sample = tuple[LeveledPrompt, int, ResponseSample]  # a response with its prompt and its number


def _flat(data: FollowBenchData, responses: ResponseSet) -> Iterator[_Sample]:
    for prompt, samples in zip(data.prompts, responses.samples, strict=True):
        for sample, response in enumerate(samples):
            yield prompt, sample, response


def _to_judge(
    data: FollowBenchData, responses: ResponseSet, config: FollowBenchConfig
) -> tuple[list[_Sample], list[Request]]:
    """The responses without a problem to prompts that no rule scores, and the requests for their judgements."""
    groups = {group.id: group for group in data.groups}
    to_judge = [entry for entry in _flat(data, responses) if not has_rule(entry[0]) and not entry[2].problem]
    sampling = config.votes, config.judge_max_tokens
    return to_judge, [judge_request(groups[p.group_id], p, response.text, *sampling) for p, _, response in to_judge]


def _without_judge(prompt: LeveledPrompt, sample: int, response: ResponseSample, checker: str) -> ResponseVerdict:
    """The verdict by rules, or with nothing satisfied if there is no response."""
    if response.problem:
        by, n = ("rule", 1) if has_rule(prompt) else ("judge", prompt.level)
        return ResponseVerdict(prompt, sample, response, (False,) * n, (f"no response: {response.problem}",) * n, by)
    passed, reasons = zip(*check_by_rules(prompt, response.text, checker), strict=True)
    return ResponseVerdict(prompt, sample, response, passed, reasons, "rule", whole=checker == "official")
