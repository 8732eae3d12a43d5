"""`spar-data study` from the outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from spar_data.cli.main import cli
from spar_data.core.errors import SparError


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--kinds", "3-2"], "kinds = 3-2"),
        (["--counts", "0-4"], "counts = 0-4"),
        (["--alphabet", "aab"], "each once"),
        (["--alphabet", "ab1"], "small letters that have capitals"),
        (["--alphabet", "ab", "--kinds", "3"], "the alphabet has 2"),
        (["--kinds", "1", "--size", "300"], "at most half"),
        (["--sentences", "4-40"], "sentences = 4-40"),
    ],
)
def test_options_that_cannot_be(options: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(SparError, match=message):
        _run("interference", "--out", tmp_path / "s", *options)
    assert not (tmp_path / "s").exists()


def _run(*arguments: object) -> str:
    return CliRunner().invoke(cli, ["study", *map(str, arguments)], catch_exceptions=False).output


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    output = _run("interference", "--out", "s", "--task", "letters", "--size", 20, "--eval-size", 4)
    assert "letters: 4 test prompts" in output and "stories" not in output and not Path("s/stories").exists()
    with pytest.raises(SparError, match="LEAST-MOST is expected"):
        _run("interference", "--out", "x", "--counts", "many")
    test = _rows(Path("s/letters/test.jsonl"))
    answers = ["".join(c * n for c, n in row["params"]["wanted"].items()) for row in test]
    lines = [(test[0], answers[0]), (test[1], answers[1].upper()), (test[2], "Here: " + answers[2])]
    rows = [{"prompt": row["prompt"], "response": text} for row, text in lines]
    Path("a.jsonl").write_text("".join(json.dumps(r) + "\n" for r in [*rows, {"prompt": "?", "response": "!"}]))
    output = _run("score", "s", "a.jsonl")
    assert "letters: accuracy 66.7% [20.8, 93.9] (loose 66.7%), 3 responses to 3 of 4 prompts" in output
    assert "50.0% if 1 missing responses count as wrong" in output and "1 x other characters" in output
    score = json.loads(_run("score", "s", "a.jsonl", "--json"))["letters"]
    assert score["responses to other prompts"] == 1 and score["measures"]["capitals"] == {"mean": 0.5, "n": 2}
    with pytest.raises(SparError, match="the folder of a study"):
        _run("score", tmp_path / "nothing", "a.jsonl")
    Path("b.jsonl").write_text('{"prompt": "?", "response": "!"}\n')
    with pytest.raises(SparError, match="none of the 1 responses"):
        _run("score", "s", "b.jsonl")
