"""Trainer formats: loaded by `datasets`, and compared with the fields that TRL, LLaMA-Factory and axolotl document."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from stored_rows import world

from spar_data.core.errors import SparError
from spar_data.selfplay.pairs import trainer_formats as formats
from spar_data.selfplay.pairs.pair_recipe import NoConfig
from spar_data.selfplay.pairs.pair_set import StoredRows
from spar_data.selfplay.pairs.recipes.refiner_paper import refiner_paper
from spar_data.selfplay.pairs.recipes.spar import SparConfig, spar
from spar_data.selfplay.records import Dialogue, Pair


@pytest.fixture
def sets() -> dict[str, list[Pair] | list[Dialogue]]:
    rows = StoredRows(*world())
    return {"dpo": spar(rows, SparConfig()).pairs, "rft": refiner_paper(rows, NoConfig()).dialogues}


@pytest.fixture
def written(sets: Any, tmp_path: Path) -> Path:
    files = formats.write_formats(tmp_path, sets, [*formats.FORMATS, "trl"])
    assert sorted(files) == sorted(path for path in tmp_path.rglob("*") if path.is_file()) and len(files) == 10
    return tmp_path


def _load(file: Path, cache: Path) -> list[dict[str, Any]]:
    """By the library itself, as every trainer does."""
    datasets = pytest.importorskip("datasets")
    return list(datasets.load_dataset("json", data_files=str(file), split="train", cache_dir=str(cache)))


def test_trl_rows_load_as_conversational_sets(written: Path, sets: Any) -> None:
    [row] = _load(written / "trl" / "dpo.jsonl", written / "cache")
    assert row == {
        "prompt": [{"role": "user", "content": "p1"}],
        "chosen": [{"role": "assistant", "content": "a bee today"}],
        "rejected": [{"role": "assistant", "content": "a bee sat on me today"}],
    }
    rows = _load(written / "trl" / "rft.jsonl", written / "cache")
    whole = _load(written / "trl" / "rft.messages.jsonl", written / "cache")
    assert len(rows) == len(whole) == len(sets["rft"])
    for row, one, dialogue in zip(rows, whole, sets["rft"], strict=True):
        assert row.keys() == {"prompt", "completion"} and one.keys() == {"messages"}
        assert row["prompt"] + row["completion"] == one["messages"]
        assert [m["content"] for m in row["completion"]] == [dialogue.messages[-1].content]
    assert {len(row["prompt"]) for row in rows} == {1, 3}


def test_trl_takes_them_for_conversations(written: Path) -> None:
    data_utils = pytest.importorskip("trl.data_utils", reason="trl is not installed")
    for file in (written / "trl").glob("*.jsonl"):
        assert data_utils.is_conversational(_load(file, written / "cache")[0]), file


def _sharegpt(row: dict[str, Any], entry: dict[str, Any]) -> tuple[list[tuple[str, str]], list[str]]:
    """As LLaMA-Factory's converter of sharegpt rows reads them: turns of user and assistant by turns, an odd number before
    a ranked answer, an even number otherwise."""
    tags, columns = entry["tags"], entry["columns"]
    turns = [(m[tags["role_tag"]], m[tags["content_tag"]]) for m in row[columns["messages"]]]
    assert [role for role, _ in turns] == [tags["user_tag"], tags["assistant_tag"]] * (len(turns) // 2) + (
        [tags["user_tag"]] * (len(turns) % 2)
    )
    assert len(turns) % 2 == bool(entry.get("ranking"))
    answers = []
    for side in ("chosen", "rejected") if entry.get("ranking") else ():
        answer = row[columns[side]]
        assert isinstance(answer, dict) and answer[tags["role_tag"]] == tags["assistant_tag"]
        answers.append(answer[tags["content_tag"]])
    return turns, answers


def test_llama_factory_rows_and_their_registration(written: Path, sets: Any) -> None:
    folder = written / "llama-factory"
    info = json.loads((folder / "dataset_info.json").read_text())
    assert info.keys() == sets.keys()
    assert info["dpo"]["ranking"] is True and "ranking" not in info["rft"]
    assert all(entry["formatting"] == "sharegpt" for entry in info.values())
    for name, entry in info.items():
        rows = _load(folder / entry["file_name"], written / "cache")
        read = [_sharegpt(row, entry) for row in rows]
        assert len(read) == len(sets[name]) > 0
    assert _sharegpt(_load(folder / "dpo.jsonl", written / "cache")[0], info["dpo"]) == (
        [("user", "p1")],
        ["a bee today", "a bee sat on me today"],
    )


def test_axolotl_rows_train_on_the_last_message(written: Path, sets: Any) -> None:
    [row] = _load(written / "axolotl" / "dpo.jsonl", written / "cache")
    assert row["messages"] == [{"role": "user", "content": "p1"}]
    assert row["chosen"] == {"role": "assistant", "content": "a bee today"}
    assert row["rejected"] == {"role": "assistant", "content": "a bee sat on me today"}
    rows = _load(written / "axolotl" / "rft.jsonl", written / "cache")
    assert any(len(row["messages"]) == 4 for row in rows)
    for row in rows:
        assert [m["train"] for m in row["messages"]] == [False] * (len(row["messages"]) - 1) + [True]


def test_axolotl_sides_have_no_white_space_around(sets: Any, tmp_path: Path) -> None:
    """It looks for a side in the text of the chat template, where Llama 3's has stripped it; not found is cut anywhere."""
    pair = dataclasses.replace(sets["dpo"][0], chosen="\n good ", rejected=" bad\n")
    formats.write_formats(tmp_path, {"dpo": [pair]}, ["axolotl", "trl"])
    row = json.loads((tmp_path / "axolotl" / "dpo.jsonl").read_text())
    assert (row["chosen"]["content"], row["rejected"]["content"]) == ("good", "bad")
    assert json.loads((tmp_path / "trl" / "dpo.jsonl").read_text())["chosen"][0]["content"] == "\n good "


def test_plain_rows_are_the_records(written: Path, sets: Any) -> None:
    for name, rows in sets.items():
        lines = (written / "jsonl" / f"{name}.jsonl").read_text().splitlines()
        assert [json.loads(line)["id"] for line in lines] == [row.id for row in rows]
    assert _load(written / "jsonl" / "dpo.jsonl", written / "cache")[0]["chosen_value"] == 1.0


def test_an_unknown_format_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(SparError, match=r"no format 'axolot'.*axolotl"):
        formats.write_formats(tmp_path, {}, ["axolot"])
