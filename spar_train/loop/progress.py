"""The progress of a loop: the state of each step, and the change of its scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_data.core.run_folder import Facts
from spar_eval.comparison.compare import compare
from spar_eval.comparison.records import Difference
from spar_eval.results import Result
from spar_eval.run_folder import load_result
from spar_train.loop.config import LoopConfig
from spar_train.loop.outcomes import RESULT, count_rows, step_outcome
from spar_train.loop.run_steps import current_steps
from spar_train.loop.state import in_use, read_loop

_METRIC = "strict"  # of IFEval and of the prompts of a release


@dataclass(frozen=True)
class StepState:
    """state: done, left out, running, stopped or waiting. seconds: None if it never ran. figure: its key figure."""

    step: str
    state: str
    seconds: float | None
    figure: str


@dataclass(frozen=True)
class Conclusion:
    """An evaluation after the last iteration, compared with the one before the first, over all loops.

    unit      prompts (all instructions of a prompt have to pass) or instructions.
    change    after minus before, paired by prompt.
    by_loop   the change of each loop alone.
    cut_off   responses that were cut off, before and after.
    """

    name: str
    unit: str
    iteration: int
    change: Difference
    by_loop: tuple[float, ...]
    cut_off: tuple[int, int]

    @property
    def verdict(self) -> str:
        if not self.change.has_interval:
            return "cannot be told from one item"
        return "rose" if self.change.low > 0 else "fell" if self.change.high < 0 else "did not change beyond chance"

    def line(self) -> str:
        change, (before, after) = self.change, self.cut_off
        loops = ", ".join(change.number(value, signed=True, digits=1) for value in self.by_loop)
        by_loop = f" (by loop {loops})" if len(self.by_loop) > 1 else ""
        cut_off = f"; cut-off responses {before:,} -> {after:,}" if any(self.cut_off) else ""
        return (
            f"{self.name}, {self.unit}: {change.number(change.a, digits=1)}% at the start, "
            f"{change.number(change.b, digits=1)}% after iteration {self.iteration}: "
            f"{change.sentence(signed=True, digits=1)}, p = {change.p:.2g}{by_loop}: it {self.verdict}{cut_off}"
        )

    def to_dict(self) -> dict[str, JsonValue]:
        d = self.change
        numbers = {"before": d.a, "after": d.b, "difference": d.value, "low": d.low, "high": d.high, "p": d.p}
        return {
            "name": self.name,
            "of": self.unit,
            "iteration": self.iteration,
            "n": d.n,
            **{name: None if math.isnan(value) else value for name, value in numbers.items()},
            "each": list(self.by_loop),
            "cut_off": list(self.cut_off),
            "verdict": self.verdict,
        }


def step_states(config: LoopConfig) -> list[StepState]:
    """The state of every step, in order."""
    _, facts = read_loop(config.folder)
    stored, running = cast(dict[str, Facts], facts.get("steps", {})), in_use(config.folder)
    states = []
    for step in current_steps(config):
        outcome, earlier = step_outcome(step), stored.get(step.name, {})
        if step.skip:
            state = "left out"
        elif outcome.done:
            state = "done"
        elif earlier.get("state") == "running" and running:
            state = "running"
        else:
            state = "stopped" if earlier else "waiting"
        figure = step.skip or outcome.figure
        if step.rows is not None and step.rows.parent.is_dir() and not outcome.done and state != "waiting":
            figure = f"{count_rows(step.rows):,} rows"
        states.append(StepState(step.name, state, cast("float | None", earlier.get("seconds")), figure))
    return states


def loop_state(config: LoopConfig, facts: Facts) -> str:
    """The state of the loop as a line. facts: the content of loop.json."""
    state, reason = str(facts.get("state", "")), ""
    if in_use(config.folder):
        state = "running"
    elif state == "running":
        state = "stopped (killed); the same command continues"
    elif state == "stopped" and facts.get("why"):
        reason = f": {str(facts['why']).splitlines()[0]}"
    return f"{config.recipe}, {config.iterations} iteration{'s' * (config.iterations != 1)}, {state}{reason}"


def conclusions(configs: Sequence[LoopConfig]) -> list[Conclusion]:
    """Compares start and end for each evaluation of the actor that all loops have, at the last iteration that they share.

    One conclusion by prompt and, if prompts have several instructions, one by instruction.
    """
    changes = []
    for name in [evaluation.name for evaluation in configs[0].evaluations if not evaluation.of_refiner]:
        last = min((_last_iteration(config.folder, name) for config in configs), default=0)
        if not last:
            continue
        try:
            before = [load_result(config.folder / "iteration-0" / "eval" / name) for config in configs]
            after = [load_result(config.folder / f"iteration-{last}" / "eval" / name) for config in configs]
            by_loop = [_differences([a], [b]) for a, b in zip(before, after, strict=True)]
            pooled = _differences(before, after)
        except SparError:
            continue  # loops on other prompts, or a result that cannot be read: they cannot be compared
        cut_off = [sum(result.counts.get("length", 0) for result in results) for results in (before, after)]
        for unit, change in pooled.items():
            alone = tuple(loop[unit].value for loop in by_loop if unit in loop)
            changes.append(Conclusion(name, unit, last, change, alone, (cut_off[0], cut_off[1])))
    return changes


def _differences(before: Sequence[Result], after: Sequence[Result]) -> dict[str, Difference]:
    metrics = {metric.name: metric for metric in compare(before, after).metrics}
    metric = metrics.get(_METRIC) or next(iter(metrics.values()))
    return {"prompts": metric.items, **({"instructions": metric.checks} if metric.checks else {})}


def _last_iteration(folder: Path, name: str) -> int:
    """The last iteration with this evaluation; 0 if there is none after the start."""
    if not (folder / "iteration-0" / "eval" / name / RESULT).is_file():
        return 0
    results = folder.glob(f"iteration-*/eval/{name}/{RESULT}")
    return max((int(file.parts[-4].removeprefix("iteration-")) for file in results), default=0)
