"""The loop of the public API: `run_loop`."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import polars as pl

from spar_data.core.config import structure
from spar_data.core.files import JsonValue
from spar_data.sources.release_prompts import constraints_by_id
from spar_train.loop.checks import check_loop
from spar_train.loop.config import LoopConfig
from spar_train.loop.progress import Conclusion, StepState, conclusions, step_states
from spar_train.loop.prompt_slices import SliceCounts, slice_prompts
from spar_train.loop.run_steps import run_steps
from spar_train.loop.steps import Step, loop_steps


@dataclass(frozen=True, repr=False)
class LoopPlan:
    """The commands of a loop and the numbers of its prompts. Printing it shows both."""

    steps: list[Step]
    prompts: SliceCounts

    def __repr__(self) -> str:
        lines = []
        for step in self.steps:
            lines += (
                [f"# {step.name}: left out: {step.skip}"] if step.skip else [f"# {step.name}", shlex.join(step.argv)]
            )
        return "\n".join([*lines, *self.prompts.lines(), "Nothing was written."])

    def to_dict(self) -> dict[str, JsonValue]:
        """Plain values, as `--dry-run --json` prints them."""
        steps: list[JsonValue] = [
            {"step": step.name, "command": list(step.argv), "left_out": step.skip} for step in self.steps
        ]
        return {"prompts": dataclasses.asdict(self.prompts), "steps": steps}


@dataclass(frozen=True, repr=False)
class LoopResult:
    """A finished loop: its steps, and the change of its scores. Printing it shows the latter."""

    folder: Path
    steps: list[StepState]
    conclusions: list[Conclusion]

    def __repr__(self) -> str:
        lines = [conclusion.line() for conclusion in self.conclusions]
        status, report = f"spar-train status {self.folder}", f"spar-train report {self.folder}"
        return "\n".join([*lines, f"`{status}` shows every step, `{report}` draws the curves."])

    def to_dict(self) -> dict[str, JsonValue]:
        """Plain values, as `--json` prints them."""
        return {
            "out": str(self.folder),
            "steps": [dataclasses.asdict(step) for step in self.steps],
            "scores": [conclusion.to_dict() for conclusion in self.conclusions],
        }

    def to_polars(self) -> pl.DataFrame:
        """The steps, one row each."""
        return pl.DataFrame([dataclasses.asdict(step) for step in self.steps], infer_schema_length=None)


def run_loop(
    prompts: str | Path, actor: str, out: str | Path, *, dry_run: bool = False, say: Callable[[str], None] = lambda line: None,
    output: IO[str] | None = None, **config: object,
) -> LoopResult | LoopPlan:  # fmt: skip
    """Runs iterations of self-play, training and evaluation, each step as a process.

    prompts: a file of prompts, or of problems for the gold recipes. actor: the model to train. out: the folder of the loop; a
    loop that was stopped there continues. dry_run: only returns the commands. say: takes a line about each step. output: gets
    what the steps print. config: other fields of LoopConfig. Raises SparError.

    >>> import spar_train
    >>> from pathlib import Path
    >>> _ = Path("prompts.jsonl").write_text('{"prompt": "Name a colour."}\\n{"prompt": "Name a fruit."}')
    >>> refined_by = {"refiners": ["hf:models/refiner"], "evals": ["none"]}
    >>> spar_train.run_loop("prompts.jsonl", "hf:models/actor", "loop", iterations=1, dry_run=True, **refined_by)
    # iteration-1/selfplay
    spar-data selfplay loop/prompts/iteration-1.parquet --actor hf:models/actor --refiner hf:models/refiner ...
    # iteration-1/pairs
    spar-data pairs loop/iteration-1/selfplay --recipe spar --recipe refiner-paper ...
    # iteration-1/actor
    spar-train dpo loop/iteration-1/pairs/dpo.parquet --recipe spar --model models/actor ...
    # iteration-1/refiner
    spar-train rft loop/iteration-1/pairs/rft.parquet --model models/refiner ...
    prompts: 2, 2 an iteration; evaluated on nothing
    Nothing was written.
    """
    values = {"prompts": str(prompts), "actor": actor, "out": str(out), **config}
    loop = structure(LoopConfig, {**values, "constraints": bool(constraints_by_id(str(prompts)))}, "loop")
    loop = dataclasses.replace(loop, refiners=tuple(dict.fromkeys(loop.refiners)))
    check_loop(loop)
    if dry_run:
        counts = slice_prompts(loop).counts
        return LoopPlan(loop_steps(loop), counts)
    run_steps(loop, say, output)
    return LoopResult(loop.folder, step_states(loop), conclusions([loop]))
