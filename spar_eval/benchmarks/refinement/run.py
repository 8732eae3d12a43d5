"""Lets a model refine failing responses, and judges judge the refinements."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from spar_data import __version__
from spar_data.core import templates
from spar_data.core.errors import SparError
from spar_data.models import AnyModel, Budget, Limits, Request, Store, identify, model_label, silent
from spar_data.models.estimate import CallPlan
from spar_data.models.phases import Phases, Reports, open_phases
from spar_data.selfplay.judge.checkers import wholly_checkable
from spar_data.selfplay.judge.judges import Judge, JudgedResponse, Question, judge_all
from spar_data.selfplay.records import Votes
from spar_data.selfplay.refine.refiners import Case
from spar_data.selfplay.refine.similarity import similarity, word_similarity
from spar_data.selfplay.search.orders import most_expansions, most_refinements
from spar_data.selfplay.search.refine import Refined, refine_all
from spar_data.sources.json_rows import RowSource
from spar_data.sources.release_prompts import constraints_by_text
from spar_eval.benchmarks.refinement import scores
from spar_eval.benchmarks.refinement.cases import RefinementCases, load_cases
from spar_eval.benchmarks.refinement.config import TREES, RefinementConfig
from spar_eval.benchmarks.refinement.roles import SELF, Roles, assign_roles
from spar_eval.results import Check, Item, Result

_UNKNOWN = JudgedResponse(
    Question("", ""), Votes([], [], "unknown", None, "no refinement; not every constraint is checkable", "")
)


def refinement(
    model: AnyModel,
    *,
    data: RowSource,
    judges: Sequence[AnyModel],
    guide: AnyModel = SELF,
    prompts: Path | str | None = None,
    limit: int | None = None,
    config: RefinementConfig | None = None,
    store: Store | Path | str | None = None,
    limits: Limits | Budget = Limits(),
    reports: Reports = lambda phase: silent,
    **settings: Any,
) -> Result:
    """Lets a model refine responses that were judged to fail; its accuracy is the share that a judge then says Yes to.

    data: failing responses with their judgements, see `load_cases`. judges, guide: models, "self" (the refiner) or "rules"
    (the checkers of the constraints); the guide decides while decoding. prompts: prompts.parquet of a release, for
    constraints. limit: failing responses. settings: fields of `RefinementConfig`. The others: as in `evaluate`. Raises
    SparError for what does not go together or would fail every call.

    >>> from spar_data import FunctionModel
    >>> from spar_eval import refinement
    >>> failing = {"prompt": "Name a fruit.", "response": "A carrot.", "judgement": "No. Final Judgement: No"}
    >>> refiner = FunctionModel(lambda request: "Final Refined Output: [[start]] A pear. [[end]]")
    >>> judge = FunctionModel(lambda request: f"Final Judgement: {'Yes' if 'pear' in str(request) else 'No'}", name="judge")
    >>> refinement(refiner, data=[failing], judges=[judge]).score("accuracy by judge").value
    1.0
    """
    config = dataclasses.replace(config or RefinementConfig(), **settings)
    cases, roles = _prepare(model, data, judges, guide, prompts, limit, config)
    with open_phases(store, limits, reports) as phases:
        refined = refine_all(cases.cases, roles.refiner, roles.guide, phases, config.search)
        judged = {
            name: _judge(name, judge, cases.cases, refined, phases, roles.needs_fresh_votes(judge, config))
            for name, judge in roles.judges.items()
        }
    items = [
        _item(name, case, refined[index], {judge: verdicts[index] for judge, verdicts in judged.items()})
        for index, (name, case) in enumerate(zip(cases.ids, cases.cases, strict=True))
    ]
    settings = {
        "model": model_label(model),
        "judges": [model_label(judge) for judge in judges],
        "guide": roles.guide_label,
        **dataclasses.asdict(config),
        "temperature": config.refiner_temperature,
        "data": cases.sha256,
    }
    return _assemble(items, cases, roles, config, phases, settings)


def _assemble(
    items: Sequence[Item], cases: RefinementCases, roles: Roles, config: RefinementConfig, phases: Phases,
    settings: dict[str, Any],
) -> Result:  # fmt: skip
    names = list(roles.judges)
    verdicts = {judge: [scores.verdict_of(item, judge) for item in items] for judge in names}
    notes = templates.render_lines(
        "refinement_notes.txt.jinja",
        "spar_eval",
        stopped=phases.stopped,
        problems=any(item.problem for item in items),
        undecided=any(verdict in scores.UNDECIDED for of_judge in verdicts.values() for verdict in of_judge),
        unknown=[(judge, of_judge.count("unknown")) for judge, of_judge in verdicts.items()],
        self_judged=SELF in names,
        fresh_votes=any(roles.needs_fresh_votes(judge, config) for judge in roles.judges.values()),
    )
    return Result(
        "refinement",
        model_label(roles.refiner.model),
        _signature(cases, roles, config),
        tuple(scores.accuracies(items, names)),
        tuple(items),
        tuple(scores.tables(items, names)),
        {**cases.counts, **scores.problem_counts(items, names)},
        tuple(notes),
        settings,
        calls=tuple(phases.tallies),
    )


def plan_refinement(
    model: AnyModel, data: RowSource, judges: Sequence[AnyModel], guide: AnyModel, prompts: Path | str | None,
    limit: int | None, config: RefinementConfig,
) -> Iterator[tuple[str, str, CallPlan]]:  # fmt: skip
    """What `refinement` asks at most, by phase and model, stored answers included. Refined texts are assumed to be
    as long as the original ones."""
    cases, roles = _prepare(model, data, judges, guide, prompts, limit, config)
    search = config.search
    expansions, judgements = most_expansions(search), most_refinements(search) - search.last_text
    phase = f"refine, {expansions} rounds" if expansions > 1 and config.decoding == "iterative" else "refine"
    requests = [roles.refiner.request(case, search.children) for case in cases.cases]
    yield phase, model_label(model), CallPlan.of(model, requests, expansions)
    if config.guided and judgements and roles.guide.model is not None:
        plan = CallPlan.of(roles.guide.model, _judge_requests(cases.cases, roles.guide), judgements)
        yield "guide", model_label(roles.guide.model), plan
    for judge in roles.judges.values():
        if judge.model is not None:
            rounds = 2 if roles.needs_fresh_votes(judge, config) else 1
            requests = _judge_requests(cases.cases, judge, rounds)
            yield "judge", model_label(judge.model), CallPlan.of(judge.model, requests)


def _judge_requests(cases: Sequence[Case], judge: Judge, rounds: int = 1) -> list[Request]:
    requests = (judge.request(Question(case.prompt, case.response, case.constraints), rounds) for case in cases)
    return [request for request in requests if request]


def _prepare(
    model: AnyModel, data: RowSource, judges: Sequence[AnyModel], guide: AnyModel, prompts: Path | str | None,
    limit: int | None, config: RefinementConfig,
) -> tuple[RefinementCases, Roles]:  # fmt: skip
    cases = load_cases(data, limit, constraints_by_text(Path(prompts)) if prompts else None)
    roles = assign_roles(model, judges, guide, config)
    if roles.uses_rules(config) and not any(case.constraints for case in cases.cases):
        raise SparError(
            "judge rules: no row has constraints: give them in the rows, or --prompts with a release's prompts"
        )
    return cases, roles


def _judge(
    name: str, judge: Judge, cases: Sequence[Case], refined: Sequence[Refined], phases: Phases, fresh: bool
) -> list[JudgedResponse | None]:
    """Judges every refinement; None where there is none."""
    refined_at = [index for index, result in enumerate(refined) if result.text]
    questions = [Question(cases[index].prompt, refined[index].text, cases[index].constraints) for index in refined_at]
    by_case: dict[int, JudgedResponse | None] = {}
    if judge.model is None:  # what no program can check is not counted, whether or not there is a refinement
        by_case = {index: _UNKNOWN for index, case in enumerate(cases) if not wholly_checkable(case.constraints)}
    by_case.update(zip(refined_at, judge_all(f"judge: {name}", questions, judge, phases, fresh), strict=True))
    return [by_case.get(index) for index in range(len(cases))]


def _item(name: str, case: Case, refined: Refined, judged: dict[str, JudgedResponse | None]) -> Item:
    checks = []
    judges: dict[str, object] = {}
    for judge, verdict in judged.items():
        if verdict is None:
            checks.append(Check(judge, {"accurate": False}, f"no refinement: {refined.problem}"))
            judges[judge] = {"verdict": scores.NONE}
        else:
            checks.append(Check(judge, {"accurate": verdict.passed}, verdict.reason))
            votes = verdict.votes
            judges[judge] = {"verdict": votes.verdict, "value": votes.value, "votes": verdict.transcript}
    detail: dict[str, object] = {"original": case.response, "judgement": case.judgement, "judges": judges}
    if refined.text:
        detail["similarity"] = {
            "characters": similarity(case.response.strip(), refined.text),
            "words": word_similarity(case.response, refined.text),
        }
    detail["steps"] = refined.steps
    return Item(name, case.prompt, refined.text, tuple(checks), problem=refined.problem, detail=detail)


def _signature(cases: RefinementCases, roles: Roles, config: RefinementConfig) -> str:
    request = roles.refiner.request(Case("{prompt}", "{response}", "{judgement}"))
    template = hashlib.sha256("\n".join(m.content for m in request.messages).encode()).hexdigest()[:8]
    search = {"best-of-n": f"samples:{config.samples}", "iterative": f"depth:{config.depth}"}.get(config.decoding, "")
    if config.decoding in TREES:
        search = f"branch:{config.branch}|beam:{config.beam}|depth:{config.depth}|nodes:{config.nodes}"
    guided = f"|{search}|guide:{roles.guide_label}" if search else ""
    return (
        f"refinement|refiner:{identify(roles.refiner.model).name}|decoding:{config.decoding}{guided}|"
        f"temperature:{config.refiner_temperature:g}|top-p:{config.top_p:g}|max-tokens:{config.max_tokens}|"
        f"judges:{','.join(roles.judges)}|votes:{config.votes}|judge-temperature:{config.judge_temperature:g}|"
        f"judge-max-tokens:{config.judge_max_tokens}|undecided:wrong|template:{template}|data:{cases.sha256[:8]}|"
        f"n:{len(cases.cases)}|spar-suite-{__version__}"
    )
