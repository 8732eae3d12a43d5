"""Folders of loops with invented evaluations of held-out prompts."""

from __future__ import annotations

from pathlib import Path

from spar_eval.results import Check, Item, Result
from spar_eval.run_folder import save_result
from spar_train.loop.config import LoopConfig


def scored(folder: Path, passed: list[list[bool]], cut_off: int = 0) -> None:
    """Saves a result: for each prompt which of its instructions pass."""
    items = tuple(
        Item(str(n), f"prompt {n}", "text", tuple(Check(f"type {k}", {"strict": ok, "loose": ok}, "") for k, ok in enumerate(each)))
        for n, each in enumerate(passed)
    )  # fmt: skip
    counts = {"length": cut_off} if cut_off else {}
    save_result(Result("verifiable", "m", "s", (), items, counts=counts), folder)


def loops(tmp_path: Path, *after: list[list[bool]]) -> list[LoopConfig]:
    """One loop for each result after the last of two iterations."""
    configs = []
    for seed, passed in enumerate(after):
        out = tmp_path / f"seed-{seed}"
        scored(out / "iteration-0/eval/held-out", [[True, False], [False, False]] * 20, 12)
        scored(out / "iteration-1/eval/held-out", [[False, False]] * 40)
        scored(out / "iteration-2/eval/held-out", passed, 5)
        configs.append(LoopConfig("p.parquet", "smollm2", str(out), ("rules",), evals=("held-out:40",), seed=seed))
    return configs
