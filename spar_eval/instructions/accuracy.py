"""Accuracies of items with several checks each: by prompt and by instruction, by group and by type, and their mean."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from spar_data.constraints.verdict import NOT_CHECKED
from spar_data.core.intervals import Estimate, wilson
from spar_eval.results import Check, Item, Table
from spar_eval.statistics.shares import bootstrap, clustered


def headline(items: Sequence[Item], suffix: str = "") -> tuple[Estimate, ...]:
    """prompt-strict, instruction-strict, prompt-loose, instruction-loose and the mean of the four."""
    scores = [
        level(f"{kind}-{metric}{suffix}", items, f"{metric}{suffix}")
        for metric in ("strict", "loose")
        for kind, level in (("prompt", by_prompt), ("instruction", by_instruction))
    ]
    return (*scores, _mean_of_four(f"mean of the four{suffix}", items, suffix))


def by_prompt(name: str, items: Sequence[Item], metric: str) -> Estimate:
    """The share of responses all of whose checks are passed. One sample per prompt: Wilson; more: clustered by prompt."""
    clusters: defaultdict[str, list[bool]] = defaultdict(list)
    for item in items:
        clusters[item.id].append(all(check.verdicts[metric] for check in item.checks))
    if len(clusters) == len(items):
        return wilson(name, sum(each[0] for each in clusters.values()), len(items))
    return clustered(name, [(sum(each), len(each)) for each in clusters.values()])


def by_instruction(
    name: str, items: Sequence[Item], metric: str, only: Callable[[Check], bool] = lambda check: True
) -> Estimate:
    """The share of checks that are passed, clustered by prompt: those of one response go together."""
    clusters: defaultdict[str, list[bool]] = defaultdict(list)
    for item in items:
        clusters[item.id] += [bool(check.verdicts[metric]) for check in item.checks if only(check)]
    kept = [each for each in clusters.values() if each]
    if all(len(each) == 1 for each in kept):
        return wilson(name, sum(each[0] for each in kept), len(kept))
    return clustered(name, [(sum(each), len(each)) for each in kept])


def tables(items: Sequence[Item], suffix: str = "") -> list[Table]:
    """Instruction level by group (before the colon) and by type, strict, then by type, loose."""
    kinds = sorted({check.kind for item in items for check in item.checks})
    groups = list(dict.fromkeys(kind.partition(":")[0] for kind in kinds))

    def of_group(group: str) -> Callable[[Check], bool]:
        return lambda check: check.kind.partition(":")[0] == group

    def of_kind(kind: str) -> Callable[[Check], bool]:
        return lambda check: check.kind == kind

    strict, loose = f"strict{suffix}", f"loose{suffix}"
    found = [
        Table(f"instruction-{strict}, by group", tuple(by_instruction(g, items, strict, of_group(g)) for g in groups))
    ]
    if len(kinds) > len(groups):
        found += [
            Table(f"instruction-{metric}, by type", tuple(by_instruction(k, items, metric, of_kind(k)) for k in kinds))
            for metric in (strict, loose)
        ]
    return found


def pass_at(items: Sequence[Item], metric: str) -> Table:
    """pass@k for k = 1, 2, 4, ... samples: the chance that one of k drawn samples is right, by the unbiased estimator of
    Chen et al. 2021 (arXiv 2107.03374, section 2.1), averaged over prompts."""
    passed: defaultdict[str, list[bool]] = defaultdict(list)
    for item in items:
        passed[item.id].append(all(check.verdicts[metric] for check in item.checks))
    most = min(map(len, passed.values()))
    ks = [k for k in (1, 2, 4, 8, 16, 32, 64, 128) if k < most] + [most]
    rows = []
    for k in ks:
        chances = [1 - math.comb(len(p) - sum(p), k) / math.comb(len(p), k) for p in passed.values()]
        rows.append(clustered(f"pass@{k}", [(chance, 1) for chance in chances]))
    return Table(f"prompt-{metric}, pass@k of {most} samples", tuple(rows))


def problems(items: Sequence[Item]) -> dict[str, int]:
    """How many responses are missing, cut off, empty, failed or not checked, by name."""
    found = Counter(item.problem.partition(":")[0] for item in items if item.problem)
    found["not checked"] = sum(any(c.reason.startswith(NOT_CHECKED) for c in item.checks) for item in items)
    return {name: count for name, count in sorted(found.items()) if count}


def _mean_of_four(name: str, items: Sequence[Item], suffix: str) -> Estimate:
    """Of one response of each prompt, or of the means over its samples."""
    places = {each: at for at, each in enumerate(dict.fromkeys(item.id for item in items))}
    sums = np.zeros((4, len(places)))  # prompt and instruction, strict and loose
    counts = np.zeros((2, len(places)))
    for item in items:
        at = places[item.id]
        counts[0, at] += 1
        counts[1, at] += len(item.checks)
        for row, metric in ((0, "strict"), (2, "loose")):
            passed = [bool(check.verdicts[metric + suffix]) for check in item.checks]
            sums[row, at] += all(passed)
            sums[row + 1, at] += sum(passed)
    whole = np.vstack([counts, counts])

    def statistic(weights: np.ndarray) -> np.ndarray:
        return ((weights @ sums.T) / (weights @ whole.T)).mean(axis=1)

    return bootstrap(name, len(places), statistic, len(places))
