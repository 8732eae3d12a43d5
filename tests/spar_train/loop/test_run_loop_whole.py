"""The whole loop through its real commands: two iterations of a tiny model, killed in the middle of a training."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from loop_model import tiny_model

from spar_data.core.ids import row_id
from spar_data.selfplay.judge.checkers import wholly_checkable
from spar_data.sources.release_prompts import read_prompts
from spar_train.loop.run_steps import process_command

MINI = Path("releases/spar-mini-1.0.0/data/prompts.parquet")
EASY = ("content.keyword.include", "content.sentence.end_with", "format.punctuation.end_with", "content.symbol.emoji",
        "content.sentence.include", "format.numeric_format.integer", "content.symbol.title_mark")  # fmt: skip


def loop(folder: Path, *more: str) -> list[str]:
    sets = {
        "selfplay.samples": "2", "selfplay.max-tokens": "48", "selfplay.refine-tokens": "48", "selfplay.branch": "2",
        "selfplay.depth": "1", "verifiable.max-tokens": "24", "train.batch-size": "2", "train.learning-rate": "1e-3",
        "dpo.epochs": "10", "dpo.save-every": "4", "rft.max-steps": "3", "verifiable.temperature": "0.9",
    }  # fmt: skip
    return process_command(
        ["spar-train", "loop", str(folder / "prompts.parquet"), "--actor", f"hf:{folder / 'actor'}",
         "--refiner", f"hf:{folder / 'refiner'}", "--refiner", "rules", "--judge", "rules", "--iterations", "2",
         "--per-iteration", "9", "--eval", "held-out:3", "--out", str(folder / "out"),
         *(part for name, value in sets.items() for part in ("--set", f"{name}={value}")), *more]
    )  # fmt: skip


def weights(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "model" / "model.safetensors")


@pytest.mark.slow
def test_a_loop_killed_in_the_middle_of_a_training_ends_in_the_same_weights(tmp_path: Path) -> None:
    tiny_model(tmp_path / "actor", 0)
    tiny_model(tmp_path / "refiner", 1)
    prompts = pl.read_parquet(MINI)
    easy = [
        prompt.id
        for prompt in read_prompts(MINI)
        if wholly_checkable(prompt.constraints) and all(each.leaf in EASY for each in prompt.constraints)
    ]
    prompts.filter(pl.col("id").is_in(easy)).write_parquet(tmp_path / "prompts.parquet")
    out, environment = tmp_path / "out", {**os.environ, "OMP_NUM_THREADS": "1"}

    child = subprocess.Popen(loop(tmp_path), env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    checkpoints = out / "iteration-1" / "actor" / "checkpoints"
    end = time.monotonic() + 120
    while not list(checkpoints.glob("step-*/state.json")):
        assert child.poll() is None, "ended before it could be killed"
        assert time.monotonic() < end, "no checkpoint came"
        time.sleep(0.01)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert json.loads((out / "iteration-1/actor/train.json").read_text())["finished"] is False
    seen = row_id((out / "iteration-1/selfplay/samples.parquet").read_bytes().hex())

    done = subprocess.run(loop(tmp_path, "--json"), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "continuing after step" in done.stderr
    told = json.loads(done.stdout)
    assert {row["state"] for row in told["steps"]} == {"done"}
    assert len(told["steps"]) == 11
    assert told["scores"][0]["name"] == "held-out"
    facts = json.loads((out / "loop.json").read_text())
    assert facts["steps"]["iteration-1/selfplay"]["runs"] == 1  # what was finished is not done again
    assert facts["steps"]["iteration-1/actor"]["runs"] == 2
    assert row_id((out / "iteration-1/selfplay/samples.parquet").read_bytes().hex()) == seen

    tested = set(pl.read_parquet(out / "eval/held-out.parquet")["seed_id"])
    for t in (1, 2):
        assert not tested & set(pl.read_parquet(out / f"prompts/iteration-{t}.parquet")["seed_id"])
        pairs = pl.read_parquet(out / f"iteration-{t}/pairs/dpo.parquet")
        assert set(pairs["prompt_id"]) <= set(pl.read_parquet(out / f"prompts/iteration-{t}.parquet")["id"])
        rows = (out / f"iteration-{t}/refiner/metrics.jsonl").read_text().splitlines()
        assert len(rows) == 3

    command = facts["steps"]["iteration-1/actor"]["command"].replace(
        str(out / "iteration-1/actor"), str(tmp_path / "again")
    )
    again = subprocess.run(
        process_command(command.split()), env=environment, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    unbroken, resumed, before = (
        weights(tmp_path / "again"),
        weights(out / "iteration-1/actor"),
        _first(tmp_path / "actor"),
    )
    assert all(unbroken[name].equal(resumed[name]) for name in unbroken)
    assert not unbroken["lm_head.weight"].equal(before["lm_head.weight"])
    last = weights(out / "iteration-2/actor")
    assert not last["lm_head.weight"].equal(resumed["lm_head.weight"])
    shutil.rmtree(out)


def _first(folder: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")
