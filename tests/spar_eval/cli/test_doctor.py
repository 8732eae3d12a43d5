"""`spar-eval doctor`, `fresh` and `selftest`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ifeval_files import ROWS, run_command, write_rows

from spar_data.core.errors import SparError


def test_doctor_prints_findings_and_ends_with_1_on_errors(ifeval_data: Path, tmp_path: Path) -> None:
    clean = run_command("doctor", ifeval_data)
    assert clean.exit_code == 0 and clean.output.endswith("0 errors, 0 doubts\n")
    twice = write_rows(tmp_path / "twice.jsonl", ROWS[0], ROWS[0])
    broken = run_command("doctor", twice)
    assert broken.exit_code == 1
    assert f"{twice}, line 2, key 1: error: this key is there already" in broken.output
    findings = [json.loads(line) for line in run_command("doctor", twice, "--json").output.splitlines()]
    assert {"where", "key", "severity", "what"} == findings[0].keys()


def test_fresh_writes_rows_in_the_format_of_ifeval(tmp_path: Path) -> None:
    result = run_command("fresh", "--out", tmp_path / "fresh.jsonl", "--size", 3)
    assert result.output == f"3 prompts\n{tmp_path / 'fresh.jsonl'}\n"
    rows = [json.loads(line) for line in (tmp_path / "fresh.jsonl").read_text().splitlines()]
    assert [row["key"] for row in rows] == ["fresh-0-0", "fresh-0-1", "fresh-0-2"] and rows[0]["instruction_id_list"]


def test_selftest_data_that_is_not_there_is_absent_and_no_failure(tmp_path: Path) -> None:
    result = run_command("selftest", tmp_path)
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == ["absent"] * 6
    with pytest.raises(SparError, match="is no folder"):
        run_command("selftest", tmp_path / "nowhere")
