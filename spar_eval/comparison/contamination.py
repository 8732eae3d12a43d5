"""Has a model seen the public prompts? Its score on them beside its score on fresh prompts of the same kind.

The two sets have other shares of each instruction type, so the fresh share is weighted by type as the public set has them
(direct standardisation). The sets are not equally hard either: what counts is how much greater the gap of one model is
than that of models that cannot have seen the public prompts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.instructions.accuracy import by_instruction
from spar_eval.results import Item, Result
from spar_eval.statistics.shares import bootstrap


@dataclass(frozen=True)
class Gap:
    """public, fresh: shares of instructions that are met, of the types in both sets, weighted as in the public one. gap:
    public - fresh. types: (type, public, fresh, gap), the greatest gap first. left_out: types that only one set has."""

    metric: str
    public: Estimate
    fresh: Estimate
    gap: Estimate
    types: tuple[tuple[str, Estimate, Estimate, Estimate], ...]
    left_out: tuple[str, ...]
    signatures: tuple[str, str]


def contamination(public: Result, fresh: Result, metric: str = "strict") -> Gap:
    """Raises SparError for results of other tasks or models, without the metric, without a type in common, or on the same
    prompts."""
    if public.task != fresh.task:
        raise SparError(f"runs of different tasks, {public.task} and {fresh.task}: two runs of one task are expected")
    if public.model != fresh.model:
        raise SparError(
            f"runs of different models, {public.model} and {fresh.model}: one model on two sets is expected"
        )
    if {item.prompt for item in public.items} & {item.prompt for item in fresh.items}:
        raise SparError("the two runs have prompts in common: runs on public and on fresh prompts are expected")
    counts = [
        Counter(c.kind for item in run.items for c in item.checks if metric in c.verdicts) for run in (public, fresh)
    ]
    common = sorted(counts[0].keys() & counts[1].keys())
    if not common:
        raise SparError(f"the two runs have no type with the metric '{metric}' in common")
    weights = {kind: counts[0][kind] / sum(counts[0][k] for k in common) for kind in common}
    sides = [_standardised(name, run.items, metric, weights) for name, run in (("public", public), ("fresh", fresh))]
    types = []
    for kind in common:
        one, other = (by_instruction(kind, run.items, metric, lambda c, k=kind: c.kind == k) for run in (public, fresh))  # type: ignore[misc]
        types.append((kind, one, other, _difference(kind, one, other)))
    types.sort(key=lambda each: -each[3].value)
    left_out = tuple(sorted(counts[0].keys() ^ counts[1].keys()))
    gap = _difference("gap", *sides)
    return Gap(metric, sides[0], sides[1], gap, tuple(types), left_out, (public.signature, fresh.signature))


def _standardised(name: str, items: Sequence[Item], metric: str, weights: dict[str, float]) -> Estimate:
    """The share by type, weighted, with a bootstrap over prompts; a type that a draw does not have lends its weight to the
    others."""
    places = {each: at for at, each in enumerate(dict.fromkeys(item.id for item in items))}
    kinds = {kind: at for at, kind in enumerate(weights)}
    passed, n = np.zeros((len(kinds), len(places))), np.zeros((len(kinds), len(places)))
    for item in items:
        for check in item.checks:
            if check.kind in kinds and metric in check.verdicts:
                passed[kinds[check.kind], places[item.id]] += bool(check.verdicts[metric])
                n[kinds[check.kind], places[item.id]] += 1
    shares = np.array(list(weights.values()))

    def statistic(drawn: np.ndarray) -> np.ndarray:
        there = drawn @ n.T
        weight = np.where(there > 0, shares, 0.0)
        found: np.ndarray = ((drawn @ passed.T) / np.maximum(there, 1) * weight).sum(axis=1) / weight.sum(axis=1)
        return found

    return bootstrap(name, len(places), statistic, int(n.sum()))


def _difference(name: str, one: Estimate, other: Estimate) -> Estimate:
    """Of two independent scores, with the interval made of theirs (MOVER, Zou and Donner 2008)."""
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    high = value + math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(name, value, one.n + other.n, low, high, math.hypot(one.stderr, other.stderr), "MOVER")
