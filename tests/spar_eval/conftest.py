"""What the tests of the evaluators share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harness_tasks import write_tasks
from ifeval_files import ROWS, write_rows


@pytest.fixture
def ifeval_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the prompts of `ifeval_files`, in an empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPAR_BENCHMARKS", raising=False)
    return write_rows(tmp_path / "data.jsonl", *ROWS)


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of tasks; the harness lists no others, and keeps its files in tmp_path."""
    import datasets
    import lm_eval.tasks

    real = lm_eval.tasks.TaskManager

    def only_included(include_path: str | None = None, include_defaults: bool = True) -> Any:
        return real(include_path=include_path, include_defaults=False)

    monkeypatch.setattr(lm_eval.tasks, "TaskManager", only_included)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hub")
    monkeypatch.chdir(tmp_path)
    write_tasks(tmp_path / "tasks", tmp_path / "sums.jsonl")
    return tmp_path / "tasks"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    from tiny_model import build

    return f"hf:{build(tmp_path_factory.mktemp('model'))},device=cpu,dtype=float32,batch=2"
