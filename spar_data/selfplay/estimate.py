"""What a run of several phases would ask: exact where the questions are known, at most where they depend on answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spar_data.models import Completion, Request, Store, completion_keys, cost, estimate_prompt, identify
from spar_data.models.model_spec import RULES
from spar_data.models.respond import Rows
from spar_data.models.sampling import Sampling
from spar_data.selfplay.judge.checkers import Constraints
from spar_data.selfplay.judge.judges import Judge, Question
from spar_data.selfplay.refine.refiners import Case, Refiner
from spar_data.selfplay.search.orders import SearchConfig, most_expansions, most_refinements

_COUNTS = ("calls", "samples", "prompt_tokens", "completion_tokens")


@dataclass(frozen=True)
class Phase:
    """Calls, samples, tokens and USD (None: no price known) of one phase. bound: they are upper bounds."""

    phase: str
    model: str
    bound: bool
    calls: int = 0
    samples: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: float | None = None

    def times(self, factor: int, phase: str) -> Phase:
        """The same that often, at most."""
        counts = {name: getattr(self, name) * factor for name in _COUNTS}
        usd = None if self.usd is None else self.usd * factor
        return dataclasses.replace(self, phase=phase, bound=True, usd=usd, **counts)

    def plus(self, other: Phase) -> Phase:
        """Both, of the same model, under this name."""
        counts = {name: getattr(self, name) + getattr(other, name) for name in _COUNTS}
        usd = None if self.usd is None or other.usd is None else self.usd + other.usd
        return dataclasses.replace(self, usd=usd, **counts)

    def line(self) -> str:
        if self.model == RULES:
            return f"{self.phase:<14} rules: no calls, they run on this machine"
        money = "no price known" if self.usd is None else f"{self.usd:,.2f} USD"
        most = "at most " if self.bound else ""
        return (
            f"{self.phase:<14} {self.model}: {most}{self.calls:,} calls for {self.samples:,} samples, about "
            f"{self.prompt_tokens:,} tokens in, at most {self.completion_tokens:,} out, {money}"
        )


def phase(
    name: str, spec: str, asked: Iterable[tuple[Request, int]], store: Store | None, bound: bool = False
) -> Phase:
    """Of requests, each with tokens that its prompt may have beyond those that are known. What is stored is not counted.
    The checkers as judge take nothing."""
    if not spec:
        return Phase(name, RULES, bound, usd=0.0)
    who = identify(spec)
    calls = samples = prompt = completion = 0
    for request, more in asked:
        keys = completion_keys(request, who)
        absent = len(keys) if store is None or more else sum(not store.has(key) for key in keys)
        if absent:
            calls += 1
            samples += absent
            prompt += estimate_prompt(request) + more
            completion += absent * request.max_tokens
    return Phase(name, who.name, bound, calls, samples, prompt, completion, cost(who.name, prompt, completion))


def opened(file: Path) -> Any:
    """The store if there is one, else None: a plan makes no file."""
    return Store(file) if file.exists() else nullcontext()


def negatives(
    prompts: Rows,
    actor: str,
    judge: Judge,
    sampling: Sampling,
    tie_rounds: int,
    store: Store | None,
    constraints: Mapping[str, Constraints] = {},
) -> list[Phase]:
    """Responses, judgements (known for stored responses), and further judgements if all of them were ties."""
    first = phase("respond", actor, ((sampling.request(row["prompt"]), 0) for row in prompts()), store)
    asked = prompts, actor, judge, sampling, store, constraints
    judged = phase("judge", judge.model, _judgements(*asked), store, bool(first.calls))
    everything = phase("judge", judge.model, _judgements(*asked), None)
    return [first, judged, *([everything.times(tie_rounds, "ties")] if tie_rounds and judge.model else [])]


def search(
    prompts: Rows,
    judge: Judge,
    refiner: Refiner,
    config: SearchConfig,
    trees: int,
    max_tokens: int,
    constraints: Mapping[str, Constraints] = {},
) -> list[Phase]:
    """Refinements, their judgements and further judgements if all of these were ties, if every prompt came to so many trees
    and none of them to a success. max_tokens: of a response, and of a judgement."""
    nodes, name = most_refinements(config), "search: refine"
    refined = Phase(name, refiner.name, True, usd=0.0)
    by_rules = False
    for row in prompts():
        first = refiner.rule_count(constraints.get(row["id"], ()), 0, 1)  # of the children of each expanded node
        by_rules = by_rules or bool(first)
        request = refiner.request(Case(row["prompt"], "", ""))
        if request:
            one = phase("refine", refiner.model, [(request, 2 * max_tokens)], None)
            refined = refined.plus(one.times(trees * (nodes - first * most_expansions(config)), name))
    judgements = ((judge.request(Question(row["prompt"], "")), refiner.max_tokens) for row in prompts())
    judged = phase("judge", judge.model, ((request, more) for request, more in judgements if request), None)
    ties = config.rounds - 1
    return [
        refined,
        *([Phase(name, RULES, True, usd=0.0)] if by_rules and refiner.model else []),
        judged.times(trees * nodes, "search: judge"),
        *([judged.times(trees * nodes * ties, "search: ties")] if ties and judge.model else []),
    ]


def _judgements(
    prompts: Rows,
    actor: str,
    judge: Judge,
    sampling: Sampling,
    store: Store | None,
    constraints: Mapping[str, Constraints],
) -> Iterator[tuple[Request, int]]:
    who = identify(actor)
    for row in prompts():
        for key in completion_keys(sampling.request(row["prompt"]), who):
            known = store.get(key) if store else None
            question = Question(row["prompt"], "")
            if isinstance(known, Completion):
                question = Question(row["prompt"], known.text, constraints.get(row["id"], ()))
            request = judge.request(question)
            if request:
                yield request, 0 if isinstance(known, Completion) else sampling.max_tokens


def text(phases: Iterable[Phase]) -> str:
    """What --dry-run prints."""
    phases = list(phases)
    prices = [each.usd for each in phases]
    total = "" if None in prices else f"All of it: at most {sum(p or 0.0 for p in prices):,.2f} USD at list price. "
    return "\n".join([*(each.line() for each in phases), f"{total}No call was made."])


def data(phases: Iterable[Phase]) -> Mapping[str, Any]:
    """The same for --json."""
    return {"phases": [dataclasses.asdict(each) for each in phases]}
