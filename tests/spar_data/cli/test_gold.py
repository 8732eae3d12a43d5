"""`spar-data gold` from the outside: input that cannot be used, and results without rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner
from server import Serve

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.core.tables import schema
from spar_data.selfplay.records import Pair

# sample i > 0 of the server ends in " #i": "It is 7" becomes "It is 7 #1", which answers 1
_SUMS = [("first", 7), ("second", 2), ("always", 5), ("cut", 3), ("mute", 4)]


@pytest.fixture
def problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows: list[dict[str, Any]] = [{"question": f"The {name} sum?", "answer": f"a\n#### {n}"} for name, n in _SUMS]
    rows.append({"question": "Which?", "choices": {"text": ["tin", "wood"], "label": ["A", "B"]}, "answerKey": "A"})
    file = tmp_path / "problems.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def _run(*arguments: object) -> str:
    return CliRunner().invoke(cli, ["gold", *map(str, arguments)], catch_exceptions=False).output


def test_an_actor_that_is_always_right_gives_no_pair(problems: Path, serve: Serve) -> None:
    server = serve(lambda prompt, nth: "The answer is 7.")
    problems.write_text(problems.read_text().splitlines()[0] + "\n")
    output = _run(
        problems, "--recipe", "iterative-rpo", "--model", f"openai:m@{server.url}", "--samples", 2, "--out", "a"
    )
    assert "1 problems without a loser" in output and "0 rows in a/pairs.parquet: nothing to train on" in output
    empty = pl.read_parquet("a/pairs.parquet")
    assert empty.is_empty() and empty.schema == schema(Pair)


def test_bad_input(problems: Path, tmp_path: Path) -> None:
    model = ["--model", "openai:m@http://127.0.0.1:9/v1", "--out", "a"]
    with pytest.raises(SparError, match="does not exist"):
        _run("nowhere.jsonl", "--recipe", "star", *model)
    with pytest.raises(SparError, match="leave out --samples"):
        _run(problems, "--recipe", "star", "--samples", 3, *model)
    with pytest.raises(SparError, match="Did you mean 'hf'"):
        _run(problems, "--recipe", "star", "--model", "hff:x", "--out", "a")
    problems.write_text("\n")
    with pytest.raises(SparError, match="holds no problems"):
        _run(problems, "--recipe", "star", *model)
    assert not Path("a").exists() and not Path("runs").exists()
