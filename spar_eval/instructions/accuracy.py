"""Accuracies of items with several checks each: by prompt and by instruction, by group and by type, and their mean."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from spar_data.constraints.verdict import NOT_CHECKED
from spar_data.core.intervals import Estimate
from spar_eval.results import Item, Table
from spar_eval.statistics.shares import bootstrap, clustered, share


def headline(items: Sequence[Item], suffix: str = "") -> tuple[Estimate, ...]:
    """prompt-strict, instruction-strict, prompt-loose, instruction-loose and the mean of the four.

    By prompt: the share of responses that pass all of their checks, with Wilson's interval for one sample per prompt, and
    clustered by prompt for several.
    """
    scores = []
    for metric in (f"strict{suffix}", f"loose{suffix}"):
        scores.append(share(f"prompt-{metric}", _passed_by_prompt(items, metric)))
        scores.append(by_instruction(f"instruction-{metric}", items, metric))
    return (*scores, _mean_of_four(f"mean of the four{suffix}", items, suffix))


def by_instruction(name: str, items: Sequence[Item], metric: str, kinds: Collection[str] | None = None) -> Estimate:
    """The share of checks that are passed, clustered by prompt, because those of one response depend on each other.

    kinds: the types of checks that are counted; None: all.
    """
    clusters: defaultdict[str, list[bool]] = defaultdict(list)
    for item in items:
        clusters[item.id] += [bool(c.verdicts[metric]) for c in item.checks if kinds is None or c.kind in kinds]
    return share(name, [passed for passed in clusters.values() if passed])


def tables(items: Sequence[Item], suffix: str = "") -> list[Table]:
    """Instruction level by group (the part before the colon), and by type, strict and loose."""
    types = {kind: [kind] for kind in sorted({check.kind for item in items for check in item.checks})}
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for kind in types:
        groups[kind.partition(":")[0]].append(kind)

    def table(metric: str, part: str, parts: Mapping[str, list[str]]) -> Table:
        rows = [by_instruction(name, items, metric + suffix, kinds) for name, kinds in parts.items()]
        return Table(f"instruction-{metric}{suffix}, by {part}", tuple(rows))

    by_group = table("strict", "group", groups)
    if len(types) == len(groups):
        return [by_group]
    return [by_group, table("strict", "type", types), table("loose", "type", types)]


def pass_at(items: Sequence[Item], metric: str) -> Table:
    """pass@k for k = 1, 2, 4, ... samples: the chance that one of k drawn samples is right, averaged over prompts.

    By the unbiased estimator of Chen et al. 2021 (arXiv 2107.03374, section 2.1).
    """
    samples = _passed_by_prompt(items, metric)
    size = min(map(len, samples))
    rows = []
    for k in [k for k in (1, 2, 4, 8, 16, 32, 64, 128) if k < size] + [size]:
        chances = [1 - math.comb(len(passed) - sum(passed), k) / math.comb(len(passed), k) for passed in samples]
        rows.append(clustered(f"pass@{k}", [(chance, 1) for chance in chances]))
    return Table(f"prompt-{metric}, pass@k of {size} samples", tuple(rows))


def problems(items: Sequence[Item]) -> dict[str, int]:
    """Counts responses that are missing, cut off, empty, failed or not checked, by name."""
    counts = Counter(item.problem.partition(":")[0] for item in items if item.problem)
    counts["not checked"] = sum(any(c.reason.startswith(NOT_CHECKED) for c in item.checks) for item in items)
    return {name: count for name, count in sorted(counts.items()) if count}


def _passed_by_prompt(items: Sequence[Item], metric: str) -> list[list[bool]]:
    """Whether each sample passes all of its checks, by prompt."""
    clusters: defaultdict[str, list[bool]] = defaultdict(list)
    for item in items:
        clusters[item.id].append(all(check.verdicts[metric] for check in item.checks))
    return list(clusters.values())


def _mean_of_four(name: str, items: Sequence[Item], suffix: str) -> Estimate:
    """The mean of the four accuracies, with prompts resampled."""
    numbers = {prompt: at for at, prompt in enumerate(dict.fromkeys(item.id for item in items))}
    passed = np.zeros((4, len(numbers)))  # prompt and instruction, strict; prompt and instruction, loose
    totals = np.zeros((4, len(numbers)))
    for item in items:
        at = numbers[item.id]
        for row, metric in ((0, "strict"), (2, "loose")):
            verdicts = [bool(check.verdicts[metric + suffix]) for check in item.checks]
            passed[row : row + 2, at] += all(verdicts), sum(verdicts)
            totals[row : row + 2, at] += 1, len(verdicts)

    def statistic(weights: np.ndarray) -> np.ndarray:
        return ((weights @ passed.T) / (weights @ totals.T)).mean(axis=1)

    return bootstrap(name, len(numbers), statistic, len(numbers))
