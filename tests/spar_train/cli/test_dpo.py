"""`spar-train dpo`: a training from end to end, and the weights of its recipes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import FAST, Run

torch = pytest.importorskip("torch")


def test_a_training_from_end_to_end(world: Path, tmp_path: Path, run: Run) -> None:
    out = tmp_path / "out"
    words = ("dpo", world / "pairs.jsonl", "--model", world / "model", "--out", out, "--held-out", 2, *FAST)
    status, stdout, _ = run(*words, "--dry-run")
    assert status == 0 and "10 rows, 2 held out" in stdout and "2 steps of 4 rows" in stdout and not out.exists()
    status, stdout, _ = run(*words)
    assert status == 0 and "margin" in stdout and stdout.splitlines()[-1] == str(out / "model")
    weights = (out / "model" / "model.safetensors").read_bytes()
    status, stdout, stderr = run(*words, "--json")
    facts = json.loads(stdout)
    assert status == 0 and stderr == "" and facts["finished"] and facts["rows"]["count"] == 10
    assert run(*words)[2].startswith(f"{out} is finished: nothing to do")
    assert (out / "model" / "model.safetensors").read_bytes() == weights


def test_recipes_decide_beta_and_the_nll_weight(world: Path, tmp_path: Path, run: Run) -> None:
    words = ("dpo", world / "pairs.jsonl", "--model", world / "model", "--max-steps", 1, "--json", "--out")
    facts = json.loads(run(*words, tmp_path / "a", "--recipe", "iterative-rpo")[1])
    assert (facts["settings"]["beta"], facts["settings"]["nll_weight"]) == (0.1, 1.0)
    facts = json.loads(run(*words, tmp_path / "b", "--recipe", "self-rewarding", "--beta", 0.3)[1])
    assert (facts["settings"]["beta"], facts["settings"]["nll_weight"]) == (0.3, 0.0)
    assert facts["settings"]["learning_rate"] == 2e-7 and facts["settings"]["batch_size"] == 32
