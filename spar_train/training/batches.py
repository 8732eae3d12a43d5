"""Divides rows into steps, and steps into micro-batches. Pure functions of numbers: equal on every process."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from spar_data.core.errors import SparError
from spar_data.core.ids import rng


def plan_steps(n_rows: int, batch_size: int, epochs: float, seed: int, max_steps: int = 0) -> list[list[int]]:
    """The row numbers of each optimizer step, in the order of training.

    Each epoch has its own order, drawn from seed and epoch; its last step holds the remaining rows and may be smaller. Half an
    epoch is half of its steps, rounded up. max_steps > 0: exactly this many steps, in as many epochs as they take.
    """
    if n_rows < 1:
        raise SparError("no rows to train on")
    per_epoch = math.ceil(n_rows / batch_size)
    total = max_steps or max(1, math.ceil(per_epoch * epochs - 1e-9))
    steps: list[list[int]] = []
    epoch = 0
    while len(steps) < total:
        order = list(range(n_rows))
        rng(seed, "epoch", str(epoch)).shuffle(order)
        steps += [order[i : i + batch_size] for i in range(0, n_rows, batch_size)]
        epoch += 1
    return steps[:total]


def micro_batches(
    rows: Sequence[int], lengths: Sequence[int], tokens_per_batch: int, processes: int, padded: bool = False
) -> list[list[list[int]]]:
    """[process][k]: the rows of the process's k-th micro-batch. Every row of the step occurs once.

    lengths: tokens by row number (of a pair: of both sides). A micro-batch holds at most tokens_per_batch tokens; padded ones
    count with their padding, rows times the longest. A longer row is alone in its micro-batch.
    Each process gets the same number of micro-batches, as few as possible, and about the same number of tokens. Rows of
    similar length share a micro-batch. Empty micro-batches come first, then long rows before short ones: memory runs out at
    once or never, and the last micro-batch of a process, where gradients are exchanged, has rows if any has.
    """
    order = sorted(rows, key=lambda row: (-lengths[row], row))
    fewest = len(_cut(order, lengths, tokens_per_batch, padded))
    per_process = max(1, math.ceil(fewest / processes))
    groups = _balanced(order, lengths, tokens_per_batch, padded, per_process * processes)
    shares: list[list[list[int]]] = [[] for _ in range(processes)]
    loads = [0] * processes
    for group in sorted(groups, key=lambda group: -_cost(group, lengths, padded)):
        free = [p for p in range(processes) if len(shares[p]) < per_process]
        process = min(free, key=lambda p: (loads[p], p))
        shares[process].append(group)
        loads[process] += _cost(group, lengths, padded)
    return [[[]] * (per_process - len(share)) + share for share in shares]


def _balanced(order: list[int], lengths: Sequence[int], budget: int, padded: bool, number: int) -> list[list[int]]:
    """At most `number` groups of neighbours whose most expensive one is as cheap as possible. order: the longest row first."""
    budgets = range(1, budget)  # the larger the fewer groups; `budget` itself gives few enough
    smallest = bisect_left(budgets, True, key=lambda each: len(_cut(order, lengths, each, padded)) <= number)
    return _cut(order, lengths, smallest + 1, padded)


def _cut(order: list[int], lengths: Sequence[int], budget: int, padded: bool) -> list[list[int]]:
    """Groups of neighbours, each with as many rows as the budget holds and at least one."""
    groups: list[list[int]] = []
    used = 0
    for row in order:
        cost = lengths[groups[-1][0]] if padded and groups else lengths[row]
        if not groups or used + cost > budget:
            groups.append([])
            used, cost = 0, lengths[row]
        groups[-1].append(row)
        used += cost
    return groups


def _cost(group: list[int], lengths: Sequence[int], padded: bool) -> int:
    return len(group) * lengths[group[0]] if padded else sum(lengths[row] for row in group)
