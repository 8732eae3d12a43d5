"""Estimates what a run of several phases would ask: exactly if the questions are known, at most if they depend on answers."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from spar_data.core.records import Prompt
from spar_data.models import AnyModel, Completion, Request, Store, completion_keys, cost, estimate_prompt, identify
from spar_data.models.model_spec import RULES
from spar_data.selfplay.judge.judges import Question
from spar_data.selfplay.play_config import PlayConfig
from spar_data.selfplay.refine.refiners import Case
from spar_data.selfplay.search.orders import most_expansions, most_refinements


@dataclass(frozen=True)
class PhasePlan:
    """Calls, samples, tokens and USD (None: no price known) of one phase. bound: the numbers are upper bounds."""

    phase: str
    model: str
    bound: bool
    calls: int = 0
    samples: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = 0.0

    def line(self) -> str:
        if self.model == RULES:
            return f"{self.phase:<14} rules: no calls, they run on this machine"
        money = "no price known" if self.usd is None else f"{self.usd:,.2f} USD"
        bound = "at most " if self.bound else ""
        return (
            f"{self.phase:<14} {self.model}: {bound}{self.calls:,} calls for {self.samples:,} samples, about "
            f"{self.prompt_tokens:,} tokens in, at most {self.completion_tokens:,} out, {money}"
        )


class Asked(NamedTuple):
    """A request, the tokens by which its prompt may be longer than it is known to be, and how often it is asked."""

    request: Request
    longer: int = 0
    times: int = 1


def plan_phase(
    phase: str, model: AnyModel | None, requests: Iterable[Asked], store: Store | None = None, bound: bool = False
) -> PhasePlan:
    """The phase of these requests. Stored answers are not counted. Without a model nothing is asked."""
    if model is None:
        return PhasePlan(phase, RULES, bound)
    identity = identify(model)
    calls = samples = prompt = completion = 0
    for request, longer, times in requests:
        keys = completion_keys(request, identity)
        missing = len(keys) if store is None or longer else sum(not store.has(key) for key in keys)
        if missing:
            calls += times
            samples += times * missing
            prompt += times * (estimate_prompt(request) + longer)
            completion += times * missing * request.max_tokens
    usd = cost(identity.name, prompt, completion)
    return PhasePlan(phase, identity.name, bound, calls, samples, prompt, completion, usd)


def existing_store(file: Path) -> AbstractContextManager[Store | None]:
    """The store if there is one, else None: an estimate makes no file."""
    return Store(file) if file.exists() else nullcontext()


def estimate_play(prompts: Sequence[Prompt], config: PlayConfig, store: Store | None) -> list[PhasePlan]:
    """The phases of a self-play run: responses, judgements, and the search."""
    return _negatives(prompts, config, store) + ([] if config.no_search else _search(prompts, config))


def _negatives(prompts: Sequence[Prompt], config: PlayConfig, store: Store | None) -> list[PhasePlan]:
    """Responses, judgements (known for stored responses), and further judgements if all of them were ties."""
    judge, sampling = config.judging.model, config.negatives.sampling
    respond = plan_phase("respond", config.actor, (Asked(sampling.request(prompt.text)) for prompt in prompts), store)
    phases = [respond, plan_phase("judge", judge, _judgements(prompts, config, store), store, bool(respond.calls))]
    if judge is not None and config.tie_rounds:
        ties = _judgements(prompts, config, store, config.tie_rounds)
        phases.append(plan_phase("ties", judge, ties, bound=True))
    return phases


def _judgements(prompts: Sequence[Prompt], config: PlayConfig, store: Store | None, times: int = 1) -> Iterator[Asked]:
    identity, sampling = identify(config.actor), config.negatives.sampling
    for prompt in prompts:
        for key in completion_keys(sampling.request(prompt.text), identity):
            stored = store.get(key) if store else None
            if isinstance(stored, Completion):
                question, longer = Question(prompt.text, stored.text, prompt.constraints), 0
            else:
                question, longer = Question(prompt.text, ""), sampling.max_tokens
            if request := config.judging.request(question):
                yield Asked(request, longer, times)


def _search(prompts: Sequence[Prompt], config: PlayConfig) -> list[PhasePlan]:
    """Refinements, judgements, and further judgements if all of these were ties, if every prompt had as many negatives as
    are allowed and no tree came to a success."""
    refiner, judge, trees = config.refining, config.judging, config.negatives_per_prompt
    nodes, expansions = most_refinements(config.tree), most_expansions(config.tree)
    refinements, judgements, by_rules = [], [], 0
    for prompt in prompts:
        ruled = refiner.rule_count(prompt.constraints, 0, 1)  # of the children of each expanded node
        by_rules += ruled
        if request := refiner.request(Case(prompt.text, "", "")):
            refinements.append(Asked(request, 2 * config.max_tokens, trees * (nodes - ruled * expansions)))
        if request := judge.request(Question(prompt.text, "")):
            judgements.append(Asked(request, refiner.max_tokens, trees * nodes))
    phases = [plan_phase("search: refine", refiner.model, refinements, bound=True)]
    if by_rules and refiner.model is not None:
        phases.append(plan_phase("search: refine", None, (), bound=True))
    phases.append(plan_phase("search: judge", judge.model, judgements, bound=True))
    if config.tie_rounds and judge.model is not None:
        ties = (asked._replace(times=asked.times * config.tie_rounds) for asked in judgements)
        phases.append(plan_phase("search: ties", judge.model, ties, bound=True))
    return phases


def plan_text(phases: Sequence[PhasePlan], as_json: bool = False) -> str:
    """What --dry-run prints."""
    if as_json:
        return json.dumps({"phases": [dataclasses.asdict(phase) for phase in phases]})
    prices = [phase.usd for phase in phases]
    total = "" if None in prices else f"All of it: at most {sum(p or 0.0 for p in prices):,.2f} USD at list price. "
    return "\n".join([*(phase.line() for phase in phases), f"{total}No call was made."])
