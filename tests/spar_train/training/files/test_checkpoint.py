"""Checkpoints: their content, and those that are refused or ignored."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
import small_training as small  # noqa: E402

from spar_train.training.files import checkpoint  # noqa: E402
from spar_train.training.fit import fit  # noqa: E402
from spar_train.training.job import TrainingJob  # noqa: E402


def test_a_checkpoint_of_lora_holds_the_adapter_alone(world: Path) -> None:
    from safetensors.torch import load_file

    with pytest.raises(KeyboardInterrupt):
        fit(small.job(world, "lora-stopped", lora=4, save_every=1), small.stopping(2, KeyboardInterrupt()))
    held = load_file(world / "lora-stopped" / "checkpoints" / "step-000001" / "weights.safetensors")
    assert held and all("lora_" in name for name in held)


def test_a_checkpoint_of_another_training_is_refused_by_name(world: Path, tmp_path: Path) -> None:
    """Checkpoints of another training under the train.json of this one: as after a careless copy."""

    def job(name: str, seed: int) -> TrainingJob:
        return small.job(world, str(tmp_path / name), seed=seed)

    for name, seed in (("a", 1), ("b", 2)):
        with pytest.raises(KeyboardInterrupt):
            fit(job(name, seed), small.stopping(3, KeyboardInterrupt()))
    shutil.rmtree(tmp_path / "a" / "checkpoints")
    shutil.copytree(tmp_path / "b" / "checkpoints", tmp_path / "a" / "checkpoints")
    with pytest.raises(Exception, match="is a checkpoint of another training: seed is 2 there and 1 here"):
        fit(job("a", 1))
    torn = tmp_path / "b" / "checkpoints" / "step-000002" / "optimizer.pt"
    torn.write_bytes(torn.read_bytes()[:-1])
    assert checkpoint.latest(tmp_path / "b" / "checkpoints") is None  # not whole: as if it were not there
    assert fit(job("b", 2)).finished


def test_checkpoints_that_are_not_whole_do_not_count(tmp_path: Path) -> None:
    for step, size in ((2, 3), (4, 3), (6, 5)):
        folder = tmp_path / f"step-{step:06d}"
        folder.mkdir()
        (folder / "weights").write_bytes(b"abc")
        (folder / "state.json").write_text(json.dumps({"step": step, "files": {"weights": size}}))
    (tmp_path / "step-000004" / "weights").unlink()
    (tmp_path / "step-000008").mkdir()
    assert (checkpoint.steps(tmp_path), checkpoint.latest(tmp_path)) == ([2], 2)
    assert checkpoint.latest(tmp_path / "none") is None
