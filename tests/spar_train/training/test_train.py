"""The trainings of the public API: rows in every form, values by keyword, results."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

pytest.importorskip("torch")

import spar_train
from spar_data.core.errors import SparError


def test_rows_as_files_mappings_and_frames(world: Path, tmp_path: Path) -> None:
    file = world / "pairs.jsonl"
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    digests = set()
    for name, form in (("file", str(file)), ("files", [file]), ("rows", rows), ("frame", pl.DataFrame(rows))):
        trained = spar_train.dpo(form, world / "model", tmp_path / name, max_steps=1, held_out=2)
        assert isinstance(trained, spar_train.TrainedModel)
        digests.add(trained.facts.data)
        assert trained.facts.rows.files == (["rows in memory"] if name in ("rows", "frame") else [str(file)])
    assert len(digests) == 1
    assert trained.folder == tmp_path / "frame" / "model" and str(trained.folder) in repr(trained)
    assert trained.to_polars()["step"].to_list() == [1] and trained.to_dict()["out"] == str(tmp_path / "frame")


def test_evaluation_on_further_rows(world: Path, tmp_path: Path) -> None:
    rows = world / "rows.jsonl"
    trained = spar_train.sft(rows, world / "model", tmp_path / "out", eval_rows=[rows, rows], max_steps=1, limit=3)
    assert isinstance(trained, spar_train.TrainedModel)
    assert (trained.facts.rows.count, trained.facts.rows.held_out) == (3, 24) and "held out loss" in repr(trained)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"recipe": "spn"}, "recipe 'spn': one of spar, .* is expected"),
        ({"learning_rat": 1e-6}, "dpo: unknown key 'learning_rat'.*learning_rate"),
        ({"batch_size": 0}, "dpo: batch_size = 0"),
    ],
)
def test_mistakes_are_named(values: dict[str, object], message: str, world: Path, tmp_path: Path) -> None:
    with pytest.raises(SparError, match=message):
        spar_train.dpo(world / "pairs.jsonl", world / "model", tmp_path / "out", **values)  # type: ignore[arg-type]
    with pytest.raises(SparError, match="no rows"):
        spar_train.dpo([], world / "model", tmp_path / "out")
    assert not (tmp_path / "out").exists()
