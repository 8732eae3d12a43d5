"""What a run of several phases would ask: exact where the questions are known, at most where they depend on answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spar_data.models import Completion, Request, Store, completion_keys, cost, estimate_prompt, identify
from spar_data.respond import Rows, Sampling
from spar_data.selfplay.decoding import Case, Refiner
from spar_data.selfplay.verdicts import RULES, Judge


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
        counts = {
            name: getattr(self, name) * factor for name in ("calls", "samples", "prompt_tokens", "completion_tokens")
        }
        usd = None if self.usd is None else self.usd * factor
        return dataclasses.replace(self, phase=phase, bound=True, usd=usd, **counts)

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
    if spec == RULES:
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
    prompts: Rows, actor: str, judge: Judge, sampling: Sampling, tie_rounds: int, store: Store | None
) -> list[Phase]:
    """Responses, judgements (known for stored responses), and further judgements if all of them were ties."""
    first = phase("respond", actor, ((sampling.request(row["prompt"]), 0) for row in prompts()), store)
    judged = phase("judge", judge.spec, _judgements(prompts, actor, judge, sampling, store), store, bool(first.calls))
    everything = phase("judge", judge.spec, _judgements(prompts, actor, judge, sampling, store), None)
    return [first, judged, *([everything.times(tie_rounds, "ties")] if tie_rounds and judge.spec != RULES else [])]


def most_nodes(order: str, branch: int, beam: int, depth: int, nodes: int) -> int:
    """Refinements of a tree that never comes to a success."""
    levels, families = [branch], [1]
    for _ in range(1, depth):
        families.append(families[-1] * min(beam, branch))
        levels.append(min(beam, levels[-1]) * branch)
    most = {
        "greedy": 1,
        "best-of-n": branch,
        "iterative": depth,
        "bfs": sum(levels),
        "dfs": sum(families) * branch,
        "best-first": sum(branch**level for level in range(1, depth + 1)),
    }[order]
    return min(most, nodes) if nodes else most


def search(prompts: Rows, judge: Judge, refiner: Refiner, nodes: int, response_tokens: int) -> list[Phase]:
    """Refinements and their judgements if every prompt came to so many nodes."""

    def refinements() -> Iterator[tuple[Request, int]]:
        for row in prompts():
            yield refiner.request(Case(row["prompt"], "", "")), response_tokens + judge.max_tokens

    def judgements() -> Iterator[tuple[Request, int]]:
        for row in prompts():
            yield judge.request(row["prompt"], ""), refiner.max_tokens

    return [
        phase("refine", refiner.spec, refinements(), None).times(nodes, "search: refine"),
        phase("judge", judge.spec, judgements(), None).times(nodes, "search: judge"),
    ]


def _judgements(
    prompts: Rows, actor: str, judge: Judge, sampling: Sampling, store: Store | None
) -> Iterator[tuple[Request, int]]:
    who = identify(actor)
    for row in prompts():
        for key in completion_keys(sampling.request(row["prompt"]), who):
            known = store.get(key) if store else None
            if isinstance(known, Completion):
                yield judge.request(row["prompt"], known.text), 0
            else:
                yield judge.request(row["prompt"], ""), sampling.max_tokens


def text(phases: Iterable[Phase]) -> str:
    """What --dry-run prints."""
    phases = list(phases)
    prices = [each.usd for each in phases]
    total = "" if None in prices else f"All of it: at most {sum(p or 0.0 for p in prices):,.2f} USD at list price. "
    return "\n".join([*(each.line() for each in phases), f"{total}No call was made."])


def data(phases: Iterable[Phase]) -> Mapping[str, Any]:
    """The same for --json."""
    return {"phases": [dataclasses.asdict(each) for each in phases]}
