"""train.json: facts that come back, and folders of other trainings."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest
from command_line import FAST, Run

torch = pytest.importorskip("torch")
import small_training as small  # noqa: E402

from spar_data.core.errors import SparError  # noqa: E402
from spar_train.config import DPO  # noqa: E402
from spar_train.training.files.train_json import RowCounts, TrainingFacts, identity, stored_facts  # noqa: E402


def test_the_folder_of_another_training_is_refused_by_name(world: Path, tmp_path: Path, run: Run) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    shutil.copytree(world / "model", other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "rope_theta": 5.0}))
    fewer = small.dialogues(tmp_path / "fewer.jsonl", 7)
    words = ("sft", world / "rows.jsonl", "--model", world / "model", "--out", out, *FAST)
    assert run(*words)[0] == 0
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    for changed, expected in (
        (("rft", *words[1:]), 'stage is "sft" there and "rft" here'),
        (("sft", words[1], "--model", other, *words[4:]), "model is "),
        (("sft", fewer, *words[2:]), "data is "),
        (
            (*words, "--learning-rate", "1e-2", "--seed", 7),
            "learning_rate is 0.001 there and 0.01 here; seed is 42 there and 7 here",
        ),
    ):
        status, _, stderr = run(*changed)
        assert status == 2 and "holds a run with other settings" in stderr and expected in stderr, stderr
    assert run(*words, "--save-every", 7, "--keep", 1, "--tokens-per-batch", 99)[0] == 0  # how, not what
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


FACTS = TrainingFacts(
    "dpo", "00", DPO, "11", "models/actor", "bfloat16", RowCounts(10, 2, 1, ["pairs.parquet"], "11"), 3, "padded", "fp32", 1,
    {"torch": "2.13"}, "0.1.0",
)  # fmt: skip


def test_facts_come_back(tmp_path: Path) -> None:
    FACTS.write(tmp_path)
    assert "last" not in json.loads((tmp_path / "train.json").read_text())
    assert stored_facts(tmp_path, FACTS.identity()) == FACTS
    done = dataclasses.replace(FACTS, finished=True, last={"step": 3, "loss": 0.5})
    done.write(tmp_path)
    stored = stored_facts(tmp_path, identity("dpo", "00", DPO))
    assert stored == done and isinstance(stored.last["step"], int)
    assert stored_facts(tmp_path / "new", FACTS.identity()) is None


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text(json.dumps({**FACTS.to_dict(), "steps": "three"}))
    with pytest.raises(SparError, match=r"train.json: Expected `int`.*steps.*Use another --out"):
        stored_facts(tmp_path, FACTS.identity())
