"""`funnel`, `why`, `taxonomy` and `diversity`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from spar_data.cli.main import cli
from spar_data.core.errors import SparError


def _run(*arguments: Any) -> str:
    result = CliRunner().invoke(cli, [str(a) for a in arguments])
    if result.exception:
        raise result.exception
    return result.output


def test_funnel(built: tuple[Path, Path]) -> None:
    assert "self-bleu" in _run("funnel", built[0])
    steps = json.loads(_run("funnel", built[0], "--json"))
    assert steps[0]["stage"] == "read" and steps[0]["entered"] >= 2000


def test_why(built: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = pl.read_parquet(built[0] / "prompts.parquet").row(0, named=True)
    output = _run("why", row["id"], "--run", built[0])
    assert "decontaminate" in output and "row " in output
    with pytest.raises(SparError, match="no row 0000000000000000 in"):
        _run("why", "0" * 16, "--run", built[0])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SparError, match="no run folder under runs/"):
        _run("why", row["id"])


def test_taxonomy() -> None:
    assert "63 leaves" in _run("taxonomy")
    leaf = _run("taxonomy", "--leaf", "content.keyword.include", "--language", "de")
    assert "checker: keyword.include, covers: whole" in leaf and "not together with" in leaf
    with pytest.raises(SparError, match=r"no leaf 'content\.keyword\.includ' .* Did you mean"):
        _run("taxonomy", "--leaf", "content.keyword.includ")
    with pytest.raises(SparError, match="no language 'xx'"):
        _run("taxonomy", "--leaf", "content.keyword.include", "--language", "xx")


def test_diversity(built: tuple[Path, Path]) -> None:
    pytest.importorskip("sklearn")
    file = built[1] / "data" / "prompts.parquet"
    output = _run("diversity", file, "--sample", 50, "--clusters", 3)
    assert "corpus self-BLEU" in output and "n:50|seed:42" in output and "topics" in output
    assert len(json.loads(_run("diversity", file, "--sample", 50, "--clusters", 3, "--json"))["clusters"]) == 3
