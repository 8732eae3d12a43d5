"""Benchmark files: found by name, read once, and never silently empty."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spar_data.core.errors import SparError
from spar_data.sources.benchmarks import read_benchmarks


def _write(file: Path, *rows: dict[str, object]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


@pytest.mark.usefixtures("no_benchmarks")
def test_wrong_benchmark_files(tmp_path: Path) -> None:
    assert read_benchmarks() == []
    with pytest.raises(SparError, match="no benchmark files"):
        read_benchmarks([str(tmp_path)])
    with pytest.raises(SparError, match="nowhere does not exist"):
        read_benchmarks([str(tmp_path / "nowhere")])
    _write(tmp_path / "input_data.jsonl", {"key": 1, "text": "x"})
    with pytest.raises(SparError, match=r"input_data.jsonl: line 1: Object missing required field `prompt`"):
        read_benchmarks([str(tmp_path)])
    _write(tmp_path / "input_data.jsonl", {"key": "1", "prompt": "x"}, {"key": True, "prompt": "y"})
    with pytest.raises(SparError, match=r"line 2: Expected `int \| str`, got `bool` - at `\$.key`"):
        read_benchmarks([str(tmp_path)])


@pytest.mark.usefixtures("no_benchmarks")
@pytest.mark.parametrize(
    ("name", "content"), [("input_data.jsonl", ""), ("IFBench_test.jsonl", "\n \n"), ("dataset.json", "[]")]
)
def test_an_empty_benchmark_file_does_not_count_as_checked(tmp_path: Path, name: str, content: str) -> None:
    _write(tmp_path / "more" / "input_data.jsonl", {"key": 1, "prompt": "x"})
    (tmp_path / name).write_text(content)
    with pytest.raises(SparError, match=f"{name} holds no prompts"):
        read_benchmarks([str(tmp_path)])


@pytest.mark.usefixtures("no_benchmarks")
def test_a_file_that_several_paths_lead_to_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = _write(tmp_path / "a" / "input_data.jsonl", {"key": 1, "prompt": "x"})
    once = read_benchmarks([str(file)])
    assert [(b.name, b.items) for b in once] == [("IFEval", [("1", "x")])]
    (tmp_path / "link").symlink_to(tmp_path / "a")
    monkeypatch.chdir(tmp_path)
    assert read_benchmarks([str(tmp_path), str(file), "a", "a", "link/input_data.jsonl"]) == once


@pytest.mark.usefixtures("no_benchmarks")
def test_benchmarks_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path / "cache" / "spar-suite" / "benchmarks" / "input_data.jsonl", {"key": 1, "prompt": "cached"})
    file = _write(tmp_path / "named" / "IFBench_test.jsonl", {"key": "2", "prompt": "named"})
    assert [b.name for b in read_benchmarks()] == ["IFEval"]
    monkeypatch.setenv("SPAR_BENCHMARKS", str(file.parent))
    assert [b.name for b in read_benchmarks()] == ["IFBench"]
    for bad, message in (("nowhere", "does not exist"), ("empty", "no benchmark files in")):
        (tmp_path / "empty").mkdir(exist_ok=True)
        monkeypatch.setenv("SPAR_BENCHMARKS", str(tmp_path / bad))
        with pytest.raises(SparError, match=rf"\$SPAR_BENCHMARKS = .*{bad}") as error:
            read_benchmarks()
        assert message in str(error.value)
        assert [b.name for b in read_benchmarks([str(file)])] == ["IFBench"]
