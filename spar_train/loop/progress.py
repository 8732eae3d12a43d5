"""Where a loop is, and what its evaluations came to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_eval import results
from spar_eval.comparison.compare import compare
from spar_eval.comparison.records import Difference
from spar_eval.run_folder import load_result
from spar_train.loop import state
from spar_train.loop.config import LoopConfig
from spar_train.loop.driver import current
from spar_train.loop.proofs import RESULT, prove, rows_in

_METRIC = "strict"  # of IFEval and of the prompts of a release


@dataclass(frozen=True)
class Conclusion:
    """An evaluation after the last iteration against the one before the first, over all loops.

    of: prompts (all of a prompt's instructions are met) or instructions. change: after minus before, paired by prompt.
    by_loop: the change of every loop alone. cut_off: responses without an end, before and after.
    """

    name: str
    of: str
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
        runs = ", ".join(change.number(value, signed=True, digits=1) for value in self.by_loop)
        alone = f" (by loop {runs})" if len(self.by_loop) > 1 else ""
        ends = f"; cut-off responses {before:,} -> {after:,}" if any(self.cut_off) else ""
        return (
            f"{self.name}, {self.of}: {change.number(change.a, digits=1)}% at the start, "
            f"{change.number(change.b, digits=1)}% after iteration {self.iteration}: "
            f"{change.sentence(signed=True, digits=1)}, p = {change.p:.2g}{alone}: it {self.verdict}{ends}"
        )

    def to_dict(self) -> dict[str, Any]:
        d = self.change
        numbers = {"before": d.a, "after": d.b, "difference": d.value, "low": d.low, "high": d.high, "p": d.p}
        return {
            "name": self.name,
            "of": self.of,
            "iteration": self.iteration,
            "n": d.n,
            **{name: None if math.isnan(value) else value for name, value in numbers.items()},
            "each": self.by_loop,
            "cut_off": self.cut_off,
            "verdict": self.verdict,
        }


def table(config: LoopConfig) -> list[dict[str, Any]]:
    """Every step with its state (done, left out, running, stopped, waiting), seconds and key figure."""
    _, facts = state.read(config.folder)
    known, running = facts.get("steps", {}), state.in_use(config.folder)
    rows = []
    for step in current(config)[0]:
        proof, each = prove(step), known.get(step.name, {})
        if step.skip:
            now = "left out"
        elif proof.done:
            now = "done"
        elif each.get("state") == "running":
            now = "running" if running else "stopped"
        else:
            now = "stopped" if each else "waiting"
        figure = step.skip if step.skip else proof.figure if proof.done else ""
        if step.rows is not None and step.rows.parent.is_dir() and not proof.done and now != "waiting":
            figure = f"{rows_in(step.rows):,} rows"
        rows.append({"step": step.name, "state": now, "seconds": each.get("seconds"), "figure": figure})
    return rows


def show(rows: Sequence[dict[str, Any]]) -> None:
    """The table for people."""
    from rich.console import Console
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False)
    for name in ("step", "state", "time", "figure"):
        drawn.add_column(name, justify="right" if name == "time" else "left", no_wrap=name != "figure")
    for row in rows:
        drawn.add_row(row["step"], row["state"], _time(row["seconds"]), row["figure"])
    console = Console()
    Console(width=None if console.is_terminal else 160, markup=False, highlight=False).print(drawn)


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def heading(config: LoopConfig, facts: dict[str, Any]) -> str:
    """The state of the loop in a line."""
    state_now = facts.get("state", "")
    if state.in_use(config.folder):
        state_now = "running"
    elif state_now == "running":
        state_now = "stopped (killed); the same command goes on"
    why = f": {facts['why'].splitlines()[0]}" if state_now == "stopped" and facts.get("why") else ""
    return f"{config.recipe}, {config.iterations} iteration{'s' * (config.iterations != 1)}, {state_now}{why}"


def closing(configs: Sequence[LoopConfig]) -> list[Conclusion]:
    """Of each evaluation of the actor that all loops have before and after, at the last iteration they share: by prompt
    and, where prompts have several instructions, by instruction."""
    found = []
    for name in [each.name for each in configs[0].evaluations if not each.of_refiner]:
        last = min((_last(config.folder, name) for config in configs), default=0)
        if not last:
            continue
        try:
            before = [load_result(config.folder / "iteration-0" / "eval" / name) for config in configs]
            after = [load_result(config.folder / f"iteration-{last}" / "eval" / name) for config in configs]
            alone = [_differences([a], [b]) for a, b in zip(before, after, strict=True)]
            whole = _differences(before, after)
        except SparError:
            continue  # loops on other prompts, or a result that cannot be read: nothing to put together
        ends = tuple(sum(run.counts.get("length", 0) for run in runs) for runs in (before, after))
        for of, d in whole.items():
            by_loop = tuple(one[of].value for one in alone if of in one)
            found.append(Conclusion(name, of, last, d, by_loop, (ends[0], ends[1])))
    return found


def _differences(before: Sequence[results.Result], after: Sequence[results.Result]) -> dict[str, Difference]:
    metrics = {each.name: each for each in compare(before, after).metrics}
    metric = metrics.get(_METRIC) or next(iter(metrics.values()))
    return {"prompts": metric.items, **({"instructions": metric.checks} if metric.checks else {})}


def _last(folder: Path, name: str) -> int:
    """The last iteration with this evaluation, 0 if there is none beside the start's."""
    if not (folder / "iteration-0" / "eval" / name / RESULT).is_file():
        return 0
    numbers = [
        int(each.parts[-4].removeprefix("iteration-")) for each in folder.glob(f"iteration-*/eval/{name}/{RESULT}")
    ]
    return max(numbers, default=0)
