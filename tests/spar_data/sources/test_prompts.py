"""Sources in every shape and container; bad rows are counted with their place, wrong files are refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard
from source_rows import SHAPES

from spar_data.core.assets import asset
from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.core.records import Prompt
from spar_data.release.load import load_release
from spar_data.sources.prompts import SourceConfig, as_prompts, read_batches, row_batches


def _jsonl(rows: list[Any]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.parquet"])
def test_containers_give_the_same_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    rows = [{"prompt": f"prompt number {i}", "language": "en"} for i in range(25)]
    data = _jsonl(rows)
    if name.endswith(".gz"):
        data = gzip.compress(data)
    elif name.endswith(".zst"):
        data = zstandard.compress(data)
    if name.endswith(".parquet"):
        pl.DataFrame(rows).write_parquet(path)
    else:
        path.write_bytes(data)
    batches = list(read_batches(SourceConfig(paths=(str(path),)), batch_rows=10))
    assert [len(b.rows) for b in batches] == [10, 10, 5]
    everything = pl.concat([b.rows for b in batches])
    assert everything["prompt"].to_list() == [row["prompt"] for row in rows]
    assert everything["row"].to_list() == list(range(1, 26))
    assert set(everything["source"]) == {name}


def test_bad_rows_are_reported_with_their_line(tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(
        b'{"prompt": "good one"}\n\nnot json\n{"prompt": "caf\xff"}\n{"other": 1}\n{"prompt": "good two"}\n'
    )
    (batch,) = read_batches(SourceConfig(paths=(str(path),)))
    assert batch.rows["row"].to_list() == [1, 6]
    assert batch.bad["row"].to_list() == [3, 4, 5]
    assert batch.bad["reason"][0].startswith("not valid JSON")


def test_a_local_dataset_folder(tmp_path: Path) -> None:
    pytest.importorskip("datasets")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "train.jsonl").write_bytes(_jsonl([row for row, _, _ in SHAPES[:1]] * 3))
    (batch,) = read_batches(SourceConfig(dataset=str(tmp_path / "d")))
    assert batch.rows["prompt"].to_list() == ["Hi there"] * 3 and batch.rows["language"][0] == "en"


def test_limit_and_missing_paths(tmp_path: Path) -> None:
    assert sum(len(b.rows) + len(b.bad) for b in read_batches(SourceConfig(limit=70), batch_rows=30)) == 70
    with pytest.raises(SparError, match="no such file"):
        list(read_batches(SourceConfig(paths=(str(tmp_path / "nothing.jsonl"),))))


def test_embedded_seeds() -> None:
    rows = pl.concat([b.rows for b in read_batches(SourceConfig())])
    assert len(rows) >= 2000
    assert {"en", "de", "es", "fr", "zh", "it"} <= set(rows["language"])


ANY_FORM: list[tuple[Any, list[str]]] = [
    (["Name a bird.", "Name a fish.", "Name a bird."], ["Name a bird.", "Name a fish."]),
    ([{"messages": [{"role": "user", "content": " Ask "}]}, Prompt("x", "As it is")], ["Ask", "As it is"]),
    (pl.DataFrame({"prompt": ["a b", "c d"], "language": ["en", None]}), ["a b", "c d"]),
    ((text for text in ("one", "two")), ["one", "two"]),
    ([], []),
]


@pytest.mark.parametrize(("value", "texts"), ANY_FORM)
def test_prompts_in_any_form(value: Any, texts: list[str]) -> None:
    prompts = as_prompts(value)
    assert [prompt.text for prompt in prompts] == texts
    assert all(prompt.id in (row_id(prompt.text), "x") for prompt in prompts)


def test_prompts_of_paths(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(_jsonl([{"prompt": "one"}, {"instruction": "two"}, {"prompt": "one"}]))
    for path in (tmp_path / "a.jsonl", str(tmp_path / "*.jsonl"), tmp_path):
        assert [prompt.text for prompt in as_prompts(path)] == ["one", "two"]
    release = asset("releases/spar-mini-1.0.0")
    prompts = as_prompts(release)
    assert prompts == as_prompts(release / "data" / "prompts.parquet") == as_prompts(load_release(release))
    rows = pl.read_parquet(release / "data" / "prompts.parquet")
    assert [prompt.id for prompt in prompts] == rows["id"].to_list()
    assert prompts == as_prompts(rows) and sum(len(prompt.constraints) for prompt in prompts) > 4000


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (["fine", " "], "prompts: row 2: prompt is blank"),
        ([{"text": "x"}], "prompts: row 1: no prompt: fields are text"),
        ([3], "prompts: row 1: the row is a int"),
        ([{"prompt": "x", "constraints": [{"leaf": "a.b.c"}]}], "prompts: row 1: constraint 1 has no text"),
        ("Write a poem", "source Write a poem: no such file"),
    ],
)
def test_unusable_prompts_name_the_row(value: Any, message: str) -> None:
    with pytest.raises(SparError, match=message):
        as_prompts(value)


def test_batches_of_python_objects_keep_duplicates_and_languages() -> None:
    (batch,) = row_batches([{"prompt": "Hallo du", "language": "German"}, "one", "one"])
    assert batch.rows["prompt"].to_list() == ["Hallo du", "one", "one"] and batch.rows["row"].to_list() == [1, 2, 3]
    assert batch.rows["language"].to_list() == ["de", None, None] and not len(batch.bad)
    with pytest.raises(SparError, match="prompts: row 2: prompt is blank"):
        next(row_batches(["one", " "]))
