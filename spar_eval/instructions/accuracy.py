"""Accuracies of items with several checks each: by prompt and by instruction, by group and by type, and their mean."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np

from spar_data.constraints.verdict import NOT_CHECKED
from spar_data.core.intervals import Estimate
from spar_eval.results import Check, Item, Table
from spar_eval.statistics.shares import bootstrap, clustered, share


def headline(items: Sequence[Item], suffix: str = "") -> tuple[Estimate, ...]:
    """prompt-strict, instruction-strict, prompt-loose, instruction-loose and the mean of the four."""
    scores = [
        accuracy(f"{level}-{metric}{suffix}", items, f"{metric}{suffix}")
        for metric in ("strict", "loose")
        for level, accuracy in (("prompt", by_prompt), ("instruction", by_instruction))
    ]
    return (*scores, _mean_of_four(f"mean of the four{suffix}", items, suffix))


def by_prompt(name: str, items: Sequence[Item], metric: str) -> Estimate:
    """The share of responses that pass all of their checks.

    The interval is Wilson's with one sample per prompt, and clustered by prompt with several.
    """
    return share(name, _passed_by_prompt(items, metric))


def by_instruction(
    name: str, items: Sequence[Item], metric: str, counts: Callable[[Check], bool] = lambda check: True
) -> Estimate:
    """The share of checks that are passed, clustered by prompt, because those of one response depend on each other.

    counts: which checks are counted.
    """
    clusters: defaultdict[str, list[bool]] = defaultdict(list)
    for item in items:
        clusters[item.id] += [bool(check.verdicts[metric]) for check in item.checks if counts(check)]
    return share(name, [passed for passed in clusters.values() if passed])


def tables(items: Sequence[Item], suffix: str = "") -> list[Table]:
    """Instruction level by group (the part before the colon), and by type, strict and loose."""
    kinds = sorted({check.kind for item in items for check in item.checks})
    groups = list(dict.fromkeys(map(_group, kinds)))

    def table(metric: str, part: str, names: Sequence[str], part_of: Callable[[str], str]) -> Table:
        def of_part(name: str) -> Callable[[Check], bool]:
            return lambda check: part_of(check.kind) == name

        return Table(
            f"instruction-{metric}, by {part}",
            tuple(by_instruction(name, items, metric, of_part(name)) for name in names),
        )

    strict, loose = f"strict{suffix}", f"loose{suffix}"
    by_group = table(strict, "group", groups, _group)
    if len(kinds) == len(groups):
        return [by_group]
    return [by_group, *(table(metric, "type", kinds, str) for metric in (strict, loose))]


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


def _group(kind: str) -> str:
    return kind.partition(":")[0]


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
