"""Estimates what a run of several phases would ask: exactly if the questions are known, at most if they depend on answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from spar_data.core.files import JsonValue
from spar_data.core.records import Prompt
from spar_data.models import AnyModel, Completion, Request, Store, completion_keys, cost, estimate_prompt, identify
from spar_data.models.model_spec import RULES
from spar_data.selfplay.judge.judges import Question
from spar_data.selfplay.play_config import PlayConfig
from spar_data.selfplay.refine.refiners import Case
from spar_data.selfplay.search.orders import most_expansions, most_refinements

_COUNTS = ("calls", "samples", "prompt_tokens", "completion_tokens")


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
    usd: float | None = None

    def times(self, factor: int, phase: str) -> PhasePlan:
        """The phase repeated so many times at most, under another name."""
        counts = {name: getattr(self, name) * factor for name in _COUNTS}
        usd = None if self.usd is None else self.usd * factor
        return dataclasses.replace(self, phase=phase, bound=True, usd=usd, **counts)

    def plus(self, other: PhasePlan) -> PhasePlan:
        """The sum of two phases of the same model, under the name of the first."""
        counts = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return dataclasses.replace(self, usd=usd, **counts)

    def line(self) -> str:
        if self.model == RULES:
            return f"{self.phase:<14} rules: no calls, they run on this machine"
        money = "no price known" if self.usd is None else f"{self.usd:,.2f} USD"
        bound = "at most " if self.bound else ""
        return (
            f"{self.phase:<14} {self.model}: {bound}{self.calls:,} calls for {self.samples:,} samples, about "
            f"{self.prompt_tokens:,} tokens in, at most {self.completion_tokens:,} out, {money}"
        )


def plan_phase(
    name: str,
    model: AnyModel | None,
    requests: Iterable[tuple[Request, int]],
    store: Store | None = None,
    bound: bool = False,
) -> PhasePlan:
    """The phase of these requests, each with the tokens by which its prompt may be longer than it is known to be. Stored
    answers are not counted. Without a model nothing is asked."""
    if model is None:
        return PhasePlan(name, RULES, bound, usd=0.0)
    identity = identify(model)
    calls = samples = prompt = completion = 0
    for request, longer in requests:
        keys = completion_keys(request, identity)
        missing = len(keys) if store is None or longer else sum(not store.has(key) for key in keys)
        if missing:
            calls += 1
            samples += missing
            prompt += estimate_prompt(request) + longer
            completion += missing * request.max_tokens
    return PhasePlan(
        name, identity.name, bound, calls, samples, prompt, completion, cost(identity.name, prompt, completion)
    )


def existing_store(file: Path) -> AbstractContextManager[Store | None]:
    """The store if there is one, else None: an estimate makes no file."""
    return Store(file) if file.exists() else nullcontext()


def estimate_play(prompts: Sequence[Prompt], config: PlayConfig, store: Store | None) -> list[PhasePlan]:
    """The phases of a self-play run: responses, judgements, and the search."""
    return _negatives(prompts, config, store) + ([] if config.no_search else _search(prompts, config))


def _negatives(prompts: Sequence[Prompt], config: PlayConfig, store: Store | None) -> list[PhasePlan]:
    """Responses, judgements (known for stored responses), and further judgements if all of them were ties."""
    judge, sampling = config.judging.model, config.negatives.sampling
    respond = plan_phase("respond", config.actor, ((sampling.request(prompt.text), 0) for prompt in prompts), store)
    first = plan_phase("judge", judge, _judgements(prompts, config, store), store, bool(respond.calls))
    if judge is None or not config.tie_rounds:
        return [respond, first]
    return [
        respond,
        first,
        plan_phase("judge", judge, _judgements(prompts, config, store)).times(config.tie_rounds, "ties"),
    ]


def _judgements(prompts: Sequence[Prompt], config: PlayConfig, store: Store | None) -> Iterator[tuple[Request, int]]:
    identity, sampling = identify(config.actor), config.negatives.sampling
    for prompt in prompts:
        for key in completion_keys(sampling.request(prompt.text), identity):
            stored = store.get(key) if store else None
            if isinstance(stored, Completion):
                question, longer = Question(prompt.text, stored.text, prompt.constraints), 0
            else:
                question, longer = Question(prompt.text, ""), sampling.max_tokens
            if request := config.judging.request(question):
                yield request, longer


def _search(prompts: Sequence[Prompt], config: PlayConfig) -> list[PhasePlan]:
    """Refinements, judgements, and further judgements if all of these were ties, if every prompt had as many negatives as
    are allowed and no tree came to a success."""
    refiner, judge, name = config.refining, config.judging, "search: refine"
    trees, nodes, longer = config.negatives_per_prompt, most_refinements(config.tree), 2 * config.max_tokens
    refined, by_rules = PhasePlan(name, refiner.name, True, usd=0.0), 0
    for prompt in prompts:
        ruled = refiner.rule_count(prompt.constraints, 0, 1)  # of the children of each expanded node
        by_rules += ruled
        request = refiner.request(Case(prompt.text, "", ""))
        if request:
            one = plan_phase(name, refiner.model, [(request, longer)])
            refined = refined.plus(one.times(trees * (nodes - ruled * most_expansions(config.tree)), name))
    requests = (judge.request(Question(prompt.text, "")) for prompt in prompts)
    judged = plan_phase("judge", judge.model, ((request, refiner.max_tokens) for request in requests if request))
    phases = [refined, judged.times(trees * nodes, "search: judge")]
    if by_rules and refiner.model is not None:
        phases.insert(1, PhasePlan(name, RULES, True, usd=0.0))
    if config.tie_rounds and judge.model is not None:
        phases.append(judged.times(trees * nodes * config.tie_rounds, "search: ties"))
    return phases


def plan_text(phases: Sequence[PhasePlan]) -> str:
    """What --dry-run prints."""
    prices = [phase.usd for phase in phases]
    total = "" if None in prices else f"All of it: at most {sum(p or 0.0 for p in prices):,.2f} USD at list price. "
    return "\n".join([*(phase.line() for phase in phases), f"{total}No call was made."])


def plan_data(phases: Sequence[PhasePlan]) -> dict[str, JsonValue]:
    """What --dry-run prints with --json."""
    return {"phases": [dataclasses.asdict(phase) for phase in phases]}
