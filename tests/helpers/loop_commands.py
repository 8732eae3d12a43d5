"""A loop of SPaR, and the command lines of its steps."""

from __future__ import annotations

import shlex

from spar_train.loop.config import LoopConfig
from spar_train.loop.steps import Step, loop_steps

SPAR = LoopConfig(
    "p.parquet", "hf:m/actor", "runs/x", ("hf:m/refiner",), "rules", evals=("none",), constraints=True, iterations=2
)


def commands(config: LoopConfig, t: int, without_rows: frozenset[int] = frozenset()) -> list[str]:
    """The command lines of an iteration."""
    steps = loop_steps(config, without_rows)
    return [shlex.join(step.argv) for step in steps if step.iteration == t and not step.skip]


def named(config: LoopConfig, name: str) -> Step:
    return next(step for step in loop_steps(config) if step.name == name)
