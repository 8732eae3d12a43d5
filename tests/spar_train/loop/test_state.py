"""loop.json and the lock: one process per folder, and only one set of settings."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import pytest
from scripted_loop import ALL, play, starts

from spar_data.core.errors import SparError
from spar_train.loop import state
from spar_train.loop.config import LoopConfig


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 1}, "seed is 0 there and 1 here"),
        ({"recipe": "direct"}, 'recipe is "spar" there and "direct" here'),
        ({"per_iteration": 5}, "per_iteration is 4 there and 5 here"),
        ({"overrides": ("selfplay.samples=3",)}, r'overrides is \[\] there and \["selfplay.samples=3"\] here'),
    ],
)
def test_other_settings_are_refused_by_name(config: LoopConfig, change: dict[str, Any], named: str) -> None:
    play(config)
    with pytest.raises(SparError, match=named):
        play(dataclasses.replace(config, **change))


def test_paths_limits_and_iterations_may_change(config: LoopConfig, tmp_path: Path) -> None:
    play(config)
    starts(config)
    moved = tmp_path / "elsewhere.parquet"
    moved.write_bytes(Path(config.prompts).read_bytes())
    more = dataclasses.replace(config, prompts=str(moved), iterations=3, overrides=("selfplay.concurrency=8",))
    play(more)
    assert starts(config) == [name.replace("iteration-2", "iteration-3") for name in ALL[6:]]


def test_a_second_process_in_the_folder_is_refused(config: LoopConfig) -> None:
    with state.locked(config.folder), pytest.raises(SparError, match=f"in use by process {os.getpid()}"):
        play(config)
    assert not state.in_use(config.folder)


def test_a_folder_with_other_files_is_refused(config: LoopConfig) -> None:
    config.folder.mkdir()
    (config.folder / "thesis.tex").touch()
    with pytest.raises(SparError, match=r"holds other files and no loop\.json"):
        play(config)


def test_folders_without_a_loop_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SparError, match="folder of `spar-train loop` is expected"):
        state.read_loop(tmp_path)
    (tmp_path / "loop.json").write_text("{}")
    with pytest.raises(SparError, match="another form than `spar-train loop` writes"):
        state.read_loop(tmp_path)
