"""A training that was killed continues and ends in the same weights, bit for bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.slow
HELPERS = Path(__file__).parents[2] / "helpers"


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("kills")
    path = [str(HELPERS.parent.parent), str(HELPERS)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "OMP_NUM_THREADS": "1", "XDG_CACHE_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, str(HELPERS / "kill_driver.py"), str(folder)],
        env=env,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return {**json.loads(done.stdout), "stderr": done.stderr}


def test_after_a_kill_at_any_instant_the_weights_are_the_same(outcomes: Any) -> None:
    assert len(outcomes["dpo"]) == 11 and len(outcomes["sft"]) == 3
    for stage in ("dpo", "sft"):
        unbroken = outcomes[stage].pop("unbroken")
        assert unbroken["steps"] == [1, 2, 3, 4, 5, 6]
        for instant, found in outcomes[stage].items():
            where = f"{stage}: {instant}"
            assert found["status"] == [-9, 0], where  # really killed, then finished
            assert found["left"] == outcomes["expected"][instant], where
            for name in ("weights", "steps", "losses", "finished", "leftovers"):
                assert found[name] == unbroken[name], f"{where}: {name}"
        assert unbroken["leftovers"] == []


def test_a_full_disk_keeps_the_older_checkpoint(outcomes: Any) -> None:
    found = outcomes["disk"]
    assert (found["status"], found["left"], found["names"]) == ([2, 0], 2, ["step-000002"])
    assert "The checkpoint of step 4 could not be written to" in outcomes["stderr"]
    assert "File too large. The checkpoint of step 2 is kept." in outcomes["stderr"]
    assert found["finished"] and found["steps"] == [1, 2, 3, 4, 5, 6]
