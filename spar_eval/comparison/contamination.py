"""Has a model seen the public prompts? Compares its score on them with its score on fresh prompts of the same kind.

The two sets have different shares of each instruction type, so the fresh score is weighted by the types of the public set
(direct standardisation). The sets are not equally hard either: the evidence is a gap that is much larger than that of
models which cannot have seen the public prompts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.instructions.accuracy import by_instruction
from spar_eval.results import Item, Result
from spar_eval.statistics.shares import bootstrap


@dataclass(frozen=True)
class Gap:
    """public, fresh: shares of instructions that are met, over the types in both sets, weighted as in the public one. gap:
    public - fresh. types: (type, public, fresh, gap), the largest gap first. left_out: types of one set only."""

    metric: str
    public: Estimate
    fresh: Estimate
    gap: Estimate
    types: tuple[tuple[str, Estimate, Estimate, Estimate], ...]
    left_out: tuple[str, ...]
    signatures: tuple[str, str]


def contamination(public: Result, fresh: Result, metric: str = "strict") -> Gap:
    """Raises SparError for results of different tasks or models, without the metric, without a type in common, or on the
    same prompts."""
    if public.task != fresh.task:
        raise SparError(f"runs of different tasks, {public.task} and {fresh.task}: two runs of one task are expected")
    if public.model != fresh.model:
        raise SparError(
            f"runs of different models, {public.model} and {fresh.model}: one model on two sets is expected"
        )
    if {item.prompt for item in public.items} & {item.prompt for item in fresh.items}:
        raise SparError("the two runs have prompts in common: runs on public and on fresh prompts are expected")
    public_types, fresh_types = (
        Counter(c.kind for item in run.items for c in item.checks if metric in c.verdicts) for run in (public, fresh)
    )
    common = sorted(public_types.keys() & fresh_types.keys())
    if not common:
        raise SparError(f"the two runs have no type with the metric '{metric}' in common")
    total = sum(public_types[kind] for kind in common)
    weights = {kind: public_types[kind] / total for kind in common}
    share_public = _standardised("public", public.items, metric, weights)
    share_fresh = _standardised("fresh", fresh.items, metric, weights)
    types = (_type_gap(kind, public, fresh, metric) for kind in common)
    return Gap(
        metric,
        share_public,
        share_fresh,
        _difference("gap", share_public, share_fresh),
        tuple(sorted(types, key=lambda gap: -gap[3].value)),
        tuple(sorted(public_types.keys() ^ fresh_types.keys())),
        (public.signature, fresh.signature),
    )


def _type_gap(kind: str, public: Result, fresh: Result, metric: str) -> tuple[str, Estimate, Estimate, Estimate]:
    one, other = (by_instruction(kind, run.items, metric, (kind,)) for run in (public, fresh))
    return kind, one, other, _difference(kind, one, other)


def _standardised(name: str, items: Sequence[Item], metric: str, weights: Mapping[str, float]) -> Estimate:
    """Weighted share by type, with a bootstrap over prompts. Where a draw lacks a type, the others share its weight."""
    prompts = {prompt: index for index, prompt in enumerate(dict.fromkeys(item.id for item in items))}
    kinds = {kind: index for index, kind in enumerate(weights)}
    passed, n = np.zeros((len(kinds), len(prompts))), np.zeros((len(kinds), len(prompts)))
    for item in items:
        for check in item.checks:
            if check.kind in kinds and metric in check.verdicts:
                passed[kinds[check.kind], prompts[item.id]] += bool(check.verdicts[metric])
                n[kinds[check.kind], prompts[item.id]] += 1
    shares = np.array(list(weights.values()))

    def statistic(drawn: np.ndarray) -> np.ndarray:
        outcomes = drawn @ n.T
        weight = np.where(outcomes > 0, shares, 0.0)
        value: np.ndarray = ((drawn @ passed.T) / np.maximum(outcomes, 1) * weight).sum(axis=1) / weight.sum(axis=1)
        return value

    return bootstrap(name, len(prompts), statistic, int(n.sum()))


def _difference(name: str, one: Estimate, other: Estimate) -> Estimate:
    """Difference of two independent scores, with an interval from theirs (MOVER, Zou and Donner 2008)."""
    value = one.value - other.value
    low = value - math.hypot(one.value - one.low, other.high - other.value)
    high = value + math.hypot(one.high - one.value, other.value - other.low)
    return Estimate(name, value, one.n + other.n, low, high, math.hypot(one.stderr, other.stderr), "MOVER")
