"""What the tests of the evaluators share."""

from __future__ import annotations

from pathlib import Path

import pytest
from ifeval_files import ROWS, write_rows


@pytest.fixture
def ifeval_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with the prompts of `ifeval_files`, in an empty folder that is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPAR_BENCHMARKS", raising=False)
    return write_rows(tmp_path / "data.jsonl", *ROWS)
