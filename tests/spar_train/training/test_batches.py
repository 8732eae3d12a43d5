"""Rows of a step, and steps in micro-batches: each row once, within the budget."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spar_data.core.errors import SparError
from spar_train.training.batches import micro_batches, plan_steps


def test_each_epoch_holds_every_row_once_in_an_order_of_its_own() -> None:
    steps = plan_steps(10, 4, 2, seed=1)
    assert [len(step) for step in steps] == [4, 4, 2, 4, 4, 2]
    first, second = (list(itertools.chain(*steps[i : i + 3])) for i in (0, 3))
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second and first != sorted(first)
    assert steps == plan_steps(10, 4, 2, seed=1) != plan_steps(10, 4, 2, seed=2)


def test_parts_of_epochs_and_a_limit_of_steps() -> None:
    assert len(plan_steps(10, 4, 0.5, 0)) == 2
    assert len(plan_steps(10, 4, 0.01, 0)) == 1
    assert plan_steps(10, 4, 5, 0, max_steps=4) == plan_steps(10, 4, 5, 0)[:4]
    assert len(plan_steps(10, 4, 1, 0, max_steps=7)) == 7  # more than an epoch holds
    assert len(plan_steps(30, 10, 0.1 + 0.2, 0)) == len(plan_steps(30, 10, 0.3, 0)) == 1
    with pytest.raises(SparError, match="no rows"):
        plan_steps(0, 4, 1, 0)


@given(
    lengths=st.lists(st.integers(1, 60), min_size=1, max_size=40),
    budget=st.integers(1, 120),
    processes=st.integers(1, 5),
    padded=st.booleans(),
    data=st.data(),
)
def test_micro_batches_of_any_step(
    lengths: list[int], budget: int, processes: int, padded: bool, data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, len(lengths) - 1), min_size=1, unique=True))
    shares = micro_batches(rows, lengths, budget, processes, padded)
    assert len(shares) == processes and len({len(share) for share in shares}) == 1
    groups = [group for share in shares for group in share]
    assert sorted(row for group in groups for row in group) == sorted(rows)
    for group in groups:
        each = [lengths[row] for row in group]
        assert len(group) < 2 or (len(group) * max(each) if padded else sum(each)) <= budget
    for share in shares:  # empty ones first, so that the last one exchanges gradients that are there
        assert [bool(group) for group in share] == sorted(bool(group) for group in share)
    assert shares == micro_batches(rows, lengths, budget, processes, padded)
    assert shares == micro_batches(sorted(rows), lengths, budget, processes, padded)
    # no more rounds than neighbours packed one after the other take
    used, needed = 0, 1
    order = sorted((lengths[row] for row in rows), reverse=True)
    longest = order[0]
    for length in order:
        if used and used + (longest if padded else length) > budget:
            used, needed, longest = 0, needed + 1, length
        used += longest if padded else length
    assert len(shares[0]) == max(1, -(-needed // processes))


def test_processes_share_the_tokens() -> None:
    lengths = [100 + 37 * i % 400 for i in range(64)]
    shares = micro_batches(range(64), lengths, 4096, 4)
    loads = [sum(lengths[row] for group in share for row in group) for share in shares]
    assert max(loads) - min(loads) <= 0.1 * max(loads), loads


def test_neighbours_have_about_the_same_length() -> None:
    lengths = [10, 500] * 8
    for group in itertools.chain(*micro_batches(range(16), lengths, 2000, 1, padded=True)):
        assert len({lengths[row] for row in group}) <= 2
    padded = micro_batches(range(16), lengths, 2000, 1, padded=True)
    assert sum(len(g) * max(lengths[r] for r in g) for g in padded[0]) <= 1.2 * sum(lengths)


def test_a_row_beyond_the_budget_is_alone() -> None:
    shares = micro_batches([0, 1, 2], [5000, 10, 10], 100, 1)
    assert shares == [[[0], [1, 2]]]


def test_more_processes_than_rows() -> None:
    shares = micro_batches([3], [1, 1, 1, 7], 100, 3)
    assert sorted(shares) == [[[]], [[]], [[3]]]
