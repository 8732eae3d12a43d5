"""A loop whose steps are played by scripted_steps.py in milliseconds."""

from __future__ import annotations

import json
from pathlib import Path

from spar_train.loop.config import LoopConfig
from spar_train.loop.run_steps import run_steps

SCRIPT = Path(__file__).parent / "scripted_steps.py"
ALL = [
    "iteration-0/eval/fresh",
    *(f"iteration-{t}/{name}" for t in (1, 2) for name in ("selfplay", "pairs", "actor", "refiner", "eval/fresh")),
]


def plan(folder: Path, **wrong: str) -> None:
    """Sets what goes wrong in a step, e.g. iteration_1__actor="fail"."""
    faults = {name.replace("__", "/").replace("_", "-"): fault for name, fault in wrong.items()}
    (folder / "plan.json").write_text(json.dumps(faults))


def play(config: LoopConfig) -> list[str]:
    """Runs the loop; returns its lines."""
    lines: list[str] = []
    run_steps(config, lines.append)
    return lines


def starts(config: LoopConfig) -> list[str]:
    """The steps that were started since the last call."""
    file = config.folder.parent / "starts"
    names = file.read_text().split() if file.exists() else []
    file.unlink(missing_ok=True)
    return names
