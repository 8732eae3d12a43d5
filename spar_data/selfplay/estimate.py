"""What a run of several phases would ask: exact where the questions are known, at most where they depend on answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spar_data.models import Completion, Request, Store, completion_keys, cost, estimate_prompt, identify
from spar_data.models.respond import Rows
from spar_data.models.sampling import Sampling
from spar_data.selfplay.judge.verdicts import RULES, Judge
from spar_data.selfplay.search.decoding import Case, Refiner

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
    prompts: Rows,
    actor: str,
    judge: Judge,
    sampling: Sampling,
    tie_rounds: int,
    store: Store | None,
    passed_on: Callable[[str, str], bool] = lambda prompt_id, response: True,
) -> list[Phase]:
    """Responses, judgements (known for stored responses), and further judgements if all of them were ties. passed_on: whether
    the judge is asked about a response to the prompt of this id, or the checkers say No to it alone."""
    first = phase("respond", actor, ((sampling.request(row["prompt"]), 0) for row in prompts()), store)
    known = _judgements(prompts, actor, judge, sampling, store, passed_on)
    judged = phase("judge", judge.spec, known, store, bool(first.calls))
    everything = phase("judge", judge.spec, _judgements(prompts, actor, judge, sampling, store, passed_on), None)
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


def search(
    prompts: Rows,
    judge: Judge,
    refiner: Refiner,
    trees: int,
    nodes: int,
    response_tokens: int,
    tie_rounds: int,
    by_rules: Callable[[str], int] = lambda prompt_id: 0,
) -> list[Phase]:
    """Refinements, their judgements and further judgements if all of these were ties, if every prompt came to so many trees
    of so many nodes. by_rules: how many nodes of a tree the rules refiner beside a model makes, by the id of the prompt."""
    numbers = sorted({by_rules(row["id"]) for row in prompts()})
    name, more = "search: refine", response_tokens + judge.max_tokens
    refined = Phase(name, refiner.spec if refiner.spec == RULES else identify(refiner.spec).name, True, usd=0.0)
    for number in numbers:
        rows = (row for row in prompts() if by_rules(row["id"]) == number)
        asked = ((refiner.request(Case(row["prompt"], "", "")), more) for row in rows)
        refined = refined.plus(phase("refine", refiner.spec, asked, None).times(trees * (nodes - number), name))
    judgements = ((judge.request(row["prompt"], ""), refiner.max_tokens) for row in prompts())
    judged = phase("judge", judge.spec, judgements, None)
    return [
        refined,
        *([Phase(name, RULES, True, usd=0.0)] if any(numbers) else []),
        judged.times(trees * nodes, "search: judge"),
        *([judged.times(trees * nodes * tie_rounds, "search: ties")] if tie_rounds and judge.spec != RULES else []),
    ]


def first_children(order: str, branch: int, beam: int, depth: int, nodes: int) -> int:
    """Of `most_nodes` those that are the first ones of their parents, at least: no parent has more than `branch`."""
    return -(-most_nodes(order, branch, beam, depth, nodes) // branch)


def _judgements(
    prompts: Rows,
    actor: str,
    judge: Judge,
    sampling: Sampling,
    store: Store | None,
    passed_on: Callable[[str, str], bool],
) -> Iterator[tuple[Request, int]]:
    who = identify(actor)
    for row in prompts():
        for key in completion_keys(sampling.request(row["prompt"]), who):
            known = store.get(key) if store else None
            if isinstance(known, Completion):
                if not passed_on(row["id"], known.text):
                    continue
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
