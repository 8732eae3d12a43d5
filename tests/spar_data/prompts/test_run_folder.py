"""Stages are reused while nothing before them changed, and run again after failures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spar_data.prompts.run_folder import RunFolder


def _runner(folder: Path, runs: list[str]) -> Callable[..., list[str]]:
    def run(first: object, second: object, failed: int = 0) -> list[str]:
        """The stages that ran, and what was said."""
        run_folder = RunFolder(folder, runs.append)

        def build(name: str, **facts: Any) -> Callable[[], dict[str, Any]]:
            def stage() -> dict[str, Any]:
                runs.append(name)
                return facts

            return stage

        runs.clear()
        run_folder.stage("a", first, (), build("a"))
        assert run_folder.stage("b", second, (), build("b", failed=failed)) == {"failed": failed}
        return list(runs)

    return run


def test_stages_are_reused_until_an_input_changes(tmp_path: Path) -> None:
    run = _runner(tmp_path, [])
    reused = ["a: reused from an earlier run", "b: reused from an earlier run"]
    assert run({"n": 1}, [2]) == ["a", "b"]
    assert run({"n": 1}, [2]) == reused
    assert run({"n": 1}, [3]) == [reused[0], "b"]
    assert run({"n": 2}, [3]) == ["a", "b"], "a changed stage makes the later ones run again"


def test_a_stage_with_failures_runs_again(tmp_path: Path) -> None:
    run = _runner(tmp_path, [])
    run(1, 1, failed=2)
    assert run(1, 1) == ["a: reused from an earlier run", "b"]
    assert run(1, 1)[1] == "b: reused from an earlier run"


def test_a_stage_that_was_interrupted_leaves_no_marker(tmp_path: Path) -> None:
    def interrupted() -> dict[str, Any]:
        raise KeyboardInterrupt

    run = _runner(tmp_path, [])
    run(1, 1)
    with pytest.raises(KeyboardInterrupt):
        RunFolder(tmp_path).stage("a", "changed", (), interrupted)
    assert not (tmp_path / "a.json").exists() and run(1, 1)[0] == "a"
