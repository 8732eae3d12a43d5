"""A loop whose steps are scripted."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest
from scripted_loop import SCRIPT, plan

from spar_train.loop import run_steps
from spar_train.loop.config import LoopConfig


@pytest.fixture
def config(tmp_path: Path, prompts: Path, monkeypatch: pytest.MonkeyPatch) -> LoopConfig:
    monkeypatch.setattr(run_steps, "process_command", lambda argv: [sys.executable, str(SCRIPT), *argv])
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    pl.DataFrame({"id": ["a", "b"]}).write_parquet(tmp_path / "rows.parquet")
    pl.DataFrame({"id": []}).write_parquet(tmp_path / "empty.parquet")
    plan(tmp_path)
    spec = f"hf:{model},dtype=float32"
    return LoopConfig(
        str(prompts), spec, str(tmp_path / "out"), (spec,), "rules", iterations=2, per_iteration=4, evals=("fresh:2",),
        constraints=True,
    )  # fmt: skip
