"""A model's gap between public and fresh prompts."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from click.testing import CliRunner

from spar_data.core.errors import SparError
from spar_eval.cli.main import cli
from spar_eval.comparison.contamination import contamination
from spar_eval.results import Check, Item, Result
from spar_eval.run_folder import save_result


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
    found = contamination(public, fresh)
    assert found.public.value == pytest.approx(0.75 * 0.9 + 0.25 * 0.5)
    assert found.fresh.value == pytest.approx(0.75 * 0.6 + 0.25 * 0.5)  # unweighted it would be 26 / 50
    assert found.gap.value == pytest.approx(0.225)
    assert [(kind, gap.value) for kind, _, _, gap in found.types] == [
        ("a", pytest.approx(0.3)),
        ("b", pytest.approx(0.0)),
    ]
    assert found.left_out == ("only fresh", "only public")


def test_the_interval_is_that_of_two_independent_shares() -> None:
    found = contamination(_run("public", ("a", 400, 300)), _run("fresh", ("a", 100, 60)))
    stderr = math.sqrt(0.75 * 0.25 / 400 + 0.6 * 0.4 / 100)
    assert found.gap.stderr == pytest.approx(stderr, rel=0.08)
    assert found.gap.low == pytest.approx(0.15 - 1.96 * stderr, abs=0.02)


@pytest.mark.parametrize(
    ("fresh", "told"),
    [
        (_run("fresh", ("a", 3, 1), model="other"), "runs of different models, m and other"),
        (_run("fresh", ("a", 3, 1), task="ifbench"), "runs of different tasks, ifeval and ifbench"),
        (_run("public", ("a", 3, 1)), "prompts in common"),
        (_run("fresh", ("b", 3, 1)), "no type with the metric 'strict' in common"),
    ],
)
def test_what_cannot_be_compared_is_said(fresh: Result, told: str) -> None:
    with pytest.raises(SparError, match=told):
        contamination(_run("public", ("a", 3, 1)), fresh)


def test_the_command(tmp_path: Path) -> None:
    save_result(_run("public", ("a", 30, 27)), tmp_path / "public")
    save_result(_run("fresh", ("a", 10, 6)), tmp_path / "fresh")
    result = CliRunner().invoke(cli, ["contamination", str(tmp_path / "public"), str(tmp_path / "fresh")])
    assert result.exit_code == 0, result.output
    gap = next(line for line in result.output.splitlines() if line.startswith("gap "))
    assert "30.00" in gap and result.output.rstrip().endswith("ifeval|fresh")
