"""Two processes train to the weights of one, with DDP and with FSDP2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

torch = pytest.importorskip("torch")
import small_training as small  # noqa: E402

from spar_train.cli.config import FILES  # noqa: E402
from spar_train.training.fit import fit  # noqa: E402

HELPERS = Path(__file__).parents[2] / "helpers"


@pytest.mark.slow
def test_two_processes_train_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    small.world(tmp_path)
    one = fit(small.job(tmp_path, "one", held_out=2))
    path = [str(HELPERS.parent.parent), str(HELPERS)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    # `accelerate launch --cpu` starts one process whatever --num_processes says, but with mpirun
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    done = subprocess.run(
        [*launch, str(HELPERS / "two_processes.py"), str(tmp_path)],
        env=env,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    start, expected = small.weights(tmp_path / "model"), small.weights(tmp_path / "one" / "model")
    assert max((expected[name] - start[name]).abs().max() for name in start) > 1e-3
    for name in ("ddp", "fsdp"):
        facts = json.loads((tmp_path / name / "train.json").read_text())
        assert facts["processes"] == 2 and facts["finished"]
        assert [line["step"] for line in small.lines(tmp_path / name)] == list(range(1, one.steps + 1))
        for key in ("loss", "margin", "accuracy", "grad_norm", "held_out_loss", "held_out_accuracy"):
            assert facts["last"][key] == pytest.approx(one.last[key], rel=1e-4, abs=1e-5), (name, key)
        found = small.weights(tmp_path / name / "model")
        assert found.keys() == expected.keys()
        assert all(torch.allclose(found[each], expected[each], atol=1e-5) for each in found), name
    told = json.loads((tmp_path / "fsdp.json").read_text())
    assert told["left"] == [2, 4] and told["kinds"] == ["DTensor"]  # stopped at step 4; weights really shared out
    # what both meet one says, what one meets it says itself; both end
    said = [(tmp_path / f"status-{i}").read_text() for i in (0, 1)]
    assert said == ["1 SystemExit 2", "2 OnlyHere no room"]


def test_shipped_configurations_are_valid_for_accelerate(tmp_path: Path) -> None:
    from accelerate.commands.config.config_args import load_config_from_file

    for name in ("fsdp", "zero3"):
        loaded = load_config_from_file(str(FILES[name]))
        given = yaml.safe_load(FILES[name].read_text())
        assert loaded.distributed_type.value == given["distributed_type"] and loaded.num_processes == 8
    fsdp = load_config_from_file(str(FILES["fsdp"])).fsdp_config
    zero = load_config_from_file(str(FILES["zero3"])).deepspeed_config
    assert fsdp["fsdp_version"] == 2 and (zero["zero_stage"], zero["gradient_accumulation_steps"]) == (3, 1)
