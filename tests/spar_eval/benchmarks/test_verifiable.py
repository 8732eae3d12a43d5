"""Scoring responses with the checkers of a release."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ifeval_files import run_command, write_rows

from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.core.records import Constraint, PromptRow
from spar_data.core.tables import frame
from spar_eval.run_folder import load_result


def _prompt(name: str, *constraints: Constraint) -> PromptRow:
    return PromptRow(name, f"prompt {name}", "seed", "s", "en", "t", "t", list(constraints), "rules", "src", 1)


_FEW = Constraint("format.length.words", "few words", "length.words", "whole", {"n": 3, "relation": "at most"})
_BEE = Constraint("content.keyword.include", "say bee", "keyword.include", "whole", {"words": ["bee"]})
_PART = Constraint("content.genre.poetry", "poem", "genre.poem_lines", "part", {"n": 2})


@pytest.fixture
def prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [_prompt("a", _FEW, _BEE), _prompt("b", _FEW), _prompt("c", _PART)]
    write_parquet(tmp_path / "prompts.parquet", frame(rows, PromptRow))
    return tmp_path / "prompts.parquet"


def test_scores_prompts_and_constraints(prompts: Path, tmp_path: Path) -> None:
    file = write_rows(
        tmp_path / "r.jsonl",
        {"id": "a", "response": "a bee\nbuzzes loud"},
        {"prompt": "prompt b", "response": "one two"},
    )
    result = run_command("verifiable", prompts, "--responses", file, "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    scored = load_result(tmp_path / "out")
    # a: 4 words (fails; loose: a line alone is short enough), with bee; b: passes; c: only covered in part, so not there
    assert [(s.name, s.value, s.n) for s in scored.scores[:4]] == [
        ("prompt-strict", 0.5, 2), ("instruction-strict", 2 / 3, 3), ("prompt-loose", 1.0, 2), ("instruction-loose", 1.0, 3),
    ]  # fmt: skip
    assert [c.reason for c in scored.items[0].checks] == ["4 words, at most 3 asked", "has 'bee'"]
    assert {row.name: row.n for row in scored.tables[0].rows} == {"content.keyword": 1, "format.length": 2}
    assert "checker:own,spar-suite-" in scored.signature


def test_a_missing_response_fails_and_is_counted(prompts: Path, tmp_path: Path) -> None:
    result = run_command(
        "verifiable", prompts, "--responses", write_rows(tmp_path / "r.jsonl", {"id": "a", "response": "bee"}), "--json"
    )
    summary = json.loads(result.output)
    assert summary["counts"] == {"missing": 1}
    assert summary["scores"][0]["value"] == 0.5


def test_a_release_without_verifiable_constraints_is_refused(tmp_path: Path) -> None:
    write_parquet(tmp_path / "p.parquet", frame([_prompt("c", _PART)], PromptRow))
    with pytest.raises(SparError, match="nothing to score"):
        run_command("verifiable", tmp_path / "p.parquet", "--responses", tmp_path / "none.jsonl")


def test_a_file_that_is_no_release_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.parquet").write_text("no")
    with pytest.raises(SparError, match=r"p.parquet: the prompts.parquet of a release is expected"):
        run_command("verifiable", tmp_path / "p.parquet", "--responses", tmp_path / "none.jsonl")
