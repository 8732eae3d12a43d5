"""A model's gap between public and fresh prompts."""

from __future__ import annotations

import math

import pytest

from spar_data.core.errors import SparError
from spar_eval.comparison.contamination import contamination
from spar_eval.results import Check, Item, Result


def _run(name: str, *kinds: tuple[str, int, int], model: str = "m", task: str = "ifeval") -> Result:
    """kinds: (type, instructions, of which are met), one prompt each."""
    items = [
        Item(f"{name}-{kind}-{i}", f"{name} {kind} {i}", "r", (Check(kind, {"strict": i < met}, ""),))
        for kind, n, met in kinds
        for i in range(n)
    ]
    return Result(task, model, f"{task}|{name}", (), tuple(items))


def test_shares_are_weighted_as_the_public_set_has_the_types() -> None:
    public = _run("public", ("a", 30, 27), ("b", 10, 5), ("only public", 5, 5))
    fresh = _run("fresh", ("a", 10, 6), ("b", 40, 20), ("only fresh", 4, 0))
    gap = contamination(public, fresh)
    assert gap.public.value == pytest.approx(0.75 * 0.9 + 0.25 * 0.5)
    assert gap.fresh.value == pytest.approx(0.75 * 0.6 + 0.25 * 0.5)  # unweighted it would be 26 / 50
    assert gap.gap.value == pytest.approx(0.225)
    assert [(kind, gap.value) for kind, _, _, gap in gap.types] == [
        ("a", pytest.approx(0.3)),
        ("b", pytest.approx(0.0)),
    ]
    assert gap.left_out == ("only fresh", "only public")


def test_the_interval_is_that_of_two_independent_shares() -> None:
    gap = contamination(_run("public", ("a", 400, 300)), _run("fresh", ("a", 100, 60)))
    stderr = math.sqrt(0.75 * 0.25 / 400 + 0.6 * 0.4 / 100)
    assert gap.gap.stderr == pytest.approx(stderr, rel=0.08)
    assert gap.gap.low == pytest.approx(0.15 - 1.96 * stderr, abs=0.02)


@pytest.mark.parametrize(
    ("fresh", "message"),
    [
        (_run("fresh", ("a", 3, 1), model="other"), "runs of different models, m and other"),
        (_run("fresh", ("a", 3, 1), task="ifbench"), "runs of different tasks, ifeval and ifbench"),
        (_run("public", ("a", 3, 1)), "prompts in common"),
        (_run("fresh", ("b", 3, 1)), "no type with the metric 'strict' in common"),
    ],
)
def test_wrong_pairs_of_runs_are_refused(fresh: Result, message: str) -> None:
    with pytest.raises(SparError, match=message):
        contamination(_run("public", ("a", 3, 1)), fresh)
