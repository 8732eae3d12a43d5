"""Which rows make a step, and how a step is cut into micro-batches. Pure functions of numbers: the same on each process."""

from __future__ import annotations

import math
from collections.abc import Sequence

from spar_data.core.errors import SparError
from spar_data.core.ids import rng


def plan_steps(n_rows: int, batch_size: int, epochs: float, seed: int, max_steps: int = 0) -> list[list[int]]:
    """The row numbers of each optimizer step, in the order of training.

    Every epoch has an order of its own, drawn from seed and epoch; its last step holds what is left and may be smaller. Half
    an epoch is half of its steps, rounded up. max_steps > 0: no more steps than that, and as many epochs as they take.
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
    """[process][k] = the rows of its k-th micro-batch: every row of the step once, on one process.

    lengths: tokens by row number (of a pair: of both sides). A micro-batch holds at most tokens_per_batch tokens; padded
    ones count with their padding, rows times the longest. A row beyond that is alone in its micro-batch.
    Each process gets the same number of micro-batches, as few as may be, and about the same number of tokens. Rows of about
    the same length share a micro-batch. Empty ones come first, then long rows before short ones: what does not fit into
    memory is known at once, and the last micro-batch of a process, where gradients are exchanged, has rows if any has.
    """
    order = sorted(rows, key=lambda row: (-lengths[row], row))
    fewest = len(_cut(order, lengths, tokens_per_batch, padded))
    each = max(1, math.ceil(fewest / processes))
    groups = _balanced(order, lengths, tokens_per_batch, padded, each * processes)
    shares: list[list[list[int]]] = [[] for _ in range(processes)]
    loads = [0] * processes
    for group in sorted(groups, key=lambda group: -_cost(group, lengths, padded)):
        free = [p for p in range(processes) if len(shares[p]) < each]
        process = min(free, key=lambda p: (loads[p], p))
        shares[process].append(group)
        loads[process] += _cost(group, lengths, padded)
    return [[[]] * (each - len(share)) + share for share in shares]


def _balanced(order: list[int], lengths: Sequence[int], budget: int, padded: bool, number: int) -> list[list[int]]:
    """At most `number` groups of neighbours, the dearest as cheap as may be. order: the longest row first."""
    low, high = 0, budget  # _cut(high) is known to give few enough groups, _cut(low) too many
    while high - low > 1:
        middle = (low + high) // 2
        if len(_cut(order, lengths, middle, padded)) <= number:
            high = middle
        else:
            low = middle
    return _cut(order, lengths, high, padded)


def _cut(order: list[int], lengths: Sequence[int], budget: int, padded: bool) -> list[list[int]]:
    """Neighbours together, as many as the budget holds, and always at least one."""
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
