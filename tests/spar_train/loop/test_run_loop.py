"""run_loop: plans and results as values."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from scripted_loop import ALL, starts

from spar_data.core.errors import SparError
from spar_train.loop.config import LoopConfig
from spar_train.loop.run_loop import LoopPlan, LoopResult, run_loop


def _values(config: LoopConfig) -> dict[str, object]:
    plain = dataclasses.asdict(config)
    return {name: value for name, value in plain.items() if name not in ("prompts", "actor", "out", "constraints")}


def test_a_plan_then_the_loop(config: LoopConfig) -> None:
    planned = run_loop(config.prompts, config.actor, config.out, dry_run=True, **_values(config))  # type: ignore[arg-type]
    assert isinstance(planned, LoopPlan) and [step.name for step in planned.steps] == ALL
    assert "80, 4 an iteration; evaluated on 2 of fresh" in repr(planned) and not config.folder.exists()
    lines: list[str] = []
    result = run_loop(config.prompts, config.actor, config.folder, say=lines.append, **_values(config))  # type: ignore[arg-type]
    assert starts(config) == ALL and any("iteration-2/actor: 9 steps" in line for line in lines)
    assert isinstance(result, LoopResult) and {step.state for step in result.steps} == {"done"}
    assert result.to_polars()["step"].to_list() == ALL and result.to_dict()["out"] == config.out
    assert f"`spar-train status {config.folder}`" in repr(result)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"iteration": 3}, "loop: unknown key 'iteration'. Did you mean 'iterations'"),
        ({"iterations": 0}, "loop: iterations = 0"),
        ({"recipe": "spart"}, "loop: recipe = 'spart' is not known"),
    ],
)
def test_mistakes_are_named(config: LoopConfig, values: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(SparError, match=message):
        run_loop(config.prompts, config.actor, tmp_path / "new", **values)  # type: ignore[arg-type]
    with pytest.raises(SparError, match="--refiner SPEC is missing"):
        run_loop(config.prompts, config.actor, tmp_path / "new", evals=["none"])


def test_equal_refiners_count_once(config: LoopConfig) -> None:
    values = {**_values(config), "refiners": [config.refiner, config.refiner]}
    planned = run_loop(config.prompts, config.actor, config.out, dry_run=True, **values)  # type: ignore[arg-type]
    assert isinstance(planned, LoopPlan) and dataclasses.replace(planned) == planned
