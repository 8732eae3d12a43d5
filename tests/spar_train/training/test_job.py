"""Rows that a job sets aside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import FAST, Run

torch = pytest.importorskip("torch")
import small_training as small  # noqa: E402


def test_rows_that_do_not_fit_are_counted_and_named(world: Path, tmp_path: Path, run: Run) -> None:
    words = ("dpo", world / "pairs.jsonl", "--model", world / "model", "--json", *FAST, "--out", tmp_path / "out")
    facts = json.loads(run(*words, "--max-length", 40)[1])
    left_out = [json.loads(line) for line in (tmp_path / "out" / "left_out.jsonl").read_text().splitlines()]
    assert facts["rows"]["left_out"] == len(left_out) > 0 and facts["rows"]["count"] == small.ROWS - len(left_out)
    assert all("too long" in row["reason"] and "at most 40" in row["reason"] for row in left_out)
