"""Rows of JSON Lines and parquet files with their places; benchmarks that nobody named are located."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from spar_data.core.errors import SparError
from spar_data.sources.json_rows import RowSource, json_lines, json_list, locate, numbered_lines, read_rows


def test_places_of_lines_and_rows(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"n": 1}\n\n{"n": 2}\n')
    assert list(json_lines(file)) == [(f"{file}, line 1", {"n": 1}), (f"{file}, line 3", {"n": 2})]
    assert list(read_rows(str(file))) == list(json_lines(file))
    pl.DataFrame({"n": [1, 2]}).write_parquet(tmp_path / "a.parquet")
    assert [place.rpartition(", ")[2] for place, _ in read_rows(str(tmp_path / "a.parquet"))] == ["row 1", "row 2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [('{"n": 1}\n{cut', "line 2: not JSON"), ("[1]", "line 1: a JSON object is expected, not list")],
)
def test_bad_lines_are_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(SparError, match=message):
        list(numbered_lines(tmp_path / "a.jsonl"))


@pytest.mark.parametrize("form", ["path", "text", "frame", "list"])
def test_all_forms_give_the_same_rows(form: str, tmp_path: Path) -> None:
    plain: list[dict[str, object]] = [{"id": "a", "n": 1}, {"id": "b", "n": 2}]
    file = tmp_path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in plain))
    sources: dict[str, RowSource] = {"path": file, "text": str(file), "frame": pl.DataFrame(plain), "list": plain}
    rows = list(read_rows(sources[form]))
    assert [row for _, row in rows] == plain
    assert rows[1][0] == (f"{file}, line 2" if form in ("path", "text") else "row 2")


@pytest.mark.parametrize("source", ["nothing.jsonl", "./a/b", "a/b/c", "/a/b"])
def test_a_source_that_does_not_exist(source: str) -> None:
    with pytest.raises(SparError, match=r"does not exist: a \.jsonl or"):
        list(read_rows(source))


def test_a_wrong_parquet_file_and_a_local_dataset(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_text("no parquet")
    with pytest.raises(SparError, match="not a parquet file"):
        list(read_rows(str(tmp_path / "a.parquet")))
    pytest.importorskip("datasets")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "train.jsonl").write_text('{"n": 1}\n{"n": 2}\n')
    assert list(read_rows(str(tmp_path / "d"))) == [(f"{tmp_path / 'd'}, row {n}", {"n": n}) for n in (1, 2)]
    with pytest.raises(SparError, match=r"split 'test'.* could not be loaded"):
        list(read_rows(str(tmp_path / "d"), "test"))


def test_benchmarks_are_located_in_the_environment_then_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPAR_BENCHMARKS", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert locate(("x.jsonl",), "owner/name") == "owner/name"
    for folder in ("spar-suite/benchmarks/deep", "named"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "x.jsonl").write_text("")
    assert locate(("y.jsonl", "x.jsonl"), "owner/name") == str(tmp_path / "spar-suite/benchmarks/deep/x.jsonl")
    monkeypatch.setenv("SPAR_BENCHMARKS", str(tmp_path / "named"))
    assert locate(("x.jsonl",), "owner/name") == str(tmp_path / "named" / "x.jsonl")


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "not readable"), ("[", "is not JSON"), ("{}", "a list of pairs is expected, this is dict")],
)
def test_files_without_a_list(content: str | None, message: str, tmp_path: Path) -> None:
    if content:
        (tmp_path / "a.json").write_text(content)
    with pytest.raises(SparError, match=message):
        json_list(tmp_path / "a.json", "pairs")
