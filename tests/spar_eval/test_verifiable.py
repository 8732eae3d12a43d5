"""Scoring responses with the checkers of a release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from spar_data.errors import SparError
from spar_data.files import write_parquet
from spar_data.records import Constraint, Prompt, frame
from spar_eval.cli import cli
from spar_eval.verifiable import Rate, score


def _prompt(name: str, *constraints: Constraint) -> Prompt:
    return Prompt(name, f"prompt {name}", "seed", "s", "en", "t", "t", list(constraints), "rules", "src", 1)


_FEW = Constraint("format.length.words", "few words", "length.words", "whole", '{"n": 3, "relation": "at most"}')
_BEE = Constraint("content.keyword.include", "say bee", "keyword.include", "whole", '{"words": ["bee"]}')
_PART = Constraint("content.genre.poetry", "poem", "genre.poem_lines", "part", '{"n": 2}')


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    rows = [_prompt("a", _FEW, _BEE), _prompt("b", _FEW), _prompt("c", _PART)]
    write_parquet(tmp_path / "prompts.parquet", frame(rows, Prompt))
    return tmp_path / "prompts.parquet"


def _write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_scores_prompts_and_constraints(prompts: Path, tmp_path: Path) -> None:
    responses = _write(
        tmp_path / "r.jsonl", {"id": "a", "response": "a bee and a wasp"}, {"prompt": "prompt b", "response": "yes"}
    )
    result = score(prompts, responses)
    assert (result.prompts.passed, result.prompts.n) == (1, 2)  # c has no constraint that is covered wholly
    assert (result.constraints.passed, result.constraints.n) == (2, 3)
    assert result.missing == 1
    assert result.by_type["format.length"] == Rate(1, 2)
    assert any("5 words" in v["reason"] for v in result.verdicts if not v["passed"])
    output = CliRunner().invoke(cli, ["verifiable", str(prompts), "--responses", str(responses)]).output
    assert "50.00  [9.45, 90.55]  1 of 2" in output and "1 prompts have no response" in output


def test_wilson_interval() -> None:
    """417 of 541: 73.35 to 80.42, a published check value."""
    low, high = Rate(417, 541).interval
    assert (round(100 * low, 2), round(100 * high, 2)) == (73.35, 80.42)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"id": "zz", "response": "x"}], "line 1: neither its 'id' nor its 'prompt'"),
        ([{"id": "a", "response": None}], "line 1: 'response' is None"),
        ([{"id": "a", "response": "x"}, {"prompt": "prompt a", "response": "y"}], "line 2: a second response"),
        ([[1]], "line 1: an object"),
    ],
)
def test_wrong_responses_name_file_and_line(prompts: Path, tmp_path: Path, rows: list[object], message: str) -> None:
    with pytest.raises(SparError, match=message):
        score(prompts, _write(tmp_path / "r.jsonl", *rows))
