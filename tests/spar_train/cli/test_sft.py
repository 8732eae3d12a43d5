"""`spar-train sft`: several files, --limit, and Ctrl-C."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import FAST, Run

torch = pytest.importorskip("torch")
import small_training as small  # noqa: E402


def test_two_files_and_a_limit(world: Path, tmp_path: Path, run: Run) -> None:
    more = small.dialogues(tmp_path / "more.jsonl", 5, seed=4)
    words = (
        "sft",
        world / "rows.jsonl",
        more,
        "--model",
        world / "model",
        "--json",
        "--dry-run",
        "--out",
        tmp_path / "o",
    )
    assert json.loads(run(*words)[1])["rows"] == 17
    assert json.loads(run(*words, "--limit", 3)[1])["rows"] == 3


def test_ctrl_c_exits_130_and_the_command_continues(
    world: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    words = (
        "sft",
        world / "rows.jsonl",
        "--model",
        world / "model",
        "--out",
        tmp_path / "out",
        "--save-every",
        1,
        *FAST,
    )
    with monkeypatch.context() as patch:
        patch.setattr("spar_train.training.fit._write_result", interrupted)
        status, _, stderr = run(*words)
    assert status == 130 and "continues from there" in stderr
    status, _, stderr = run(*words)
    assert status == 0 and "continuing after step 2 of 2" in stderr
