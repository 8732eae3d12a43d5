"""`spar-train rft`: the start model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import FAST, Run

torch = pytest.importorskip("torch")
import small_training as small  # noqa: E402


def test_rft_starts_from_model_or_from_base(world: Path, tmp_path: Path, run: Run) -> None:
    other = small.model(tmp_path / "other")
    words = ("rft", world / "rows.jsonl", "--model", world / "model", "--json", *FAST, "--out")
    previous = json.loads(run(*words, tmp_path / "previous")[1])
    base = json.loads(run(*words, tmp_path / "base", "--start", "base", "--base", other)[1])
    assert (previous["stage"], previous["name"], base["name"]) == ("rft", str(world / "model"), str(other))
    assert run(*words, tmp_path / "neither", "--start", "base")[0] == 2
