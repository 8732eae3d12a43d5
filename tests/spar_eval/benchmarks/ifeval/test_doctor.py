"""Checks of prompt files in IFEval's format."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from ifeval_files import ROWS, run_command, write_rows

DATA = os.environ.get("SPAR_TEST_DATA", "")


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="SPAR_TEST_DATA is not set")
def test_the_doctor_finds_the_three_known_rows_and_no_other() -> None:
    result = run_command("doctor", Path(DATA) / "ifeval" / "input_data.jsonl")
    errors = [line for line in result.output.splitlines() if ": error:" in line]
    assert result.exit_code == 1
    assert [line.split("key ")[1].split(":")[0] for line in errors] == ["2078", "30", "337"]
    assert "num_words is 336, the prompt has 400" in errors[2]


def test_the_doctor_names_what_is_wrong(tmp_path: Path) -> None:
    rows = [
        {**ROWS[0], "instruction_id_list": ["punctuation:no_comma"] * 2, "kwargs": [{}, {}]},
        {**ROWS[0], "key": 5},
        {**ROWS[2], "prompt": "At least 5 words.", "key": 6},
        {"key": 6, "prompt": "Use capitals.", "instruction_id_list": ["change_case:english_capital", "nope"], "kwargs": [{}, {}]},
        {"key": 8, "prompt": "English, capitals, lower case", "instruction_id_list":
            ["change_case:english_capital", "change_case:english_lowercase"], "kwargs": [{}, {}]},
        {"key": 9, "prompt": "", "instruction_id_list": [], "kwargs": []},
    ]  # fmt: skip
    findings = [
        json.loads(line)
        for line in run_command("doctor", write_rows(tmp_path / "d.jsonl", *rows), "--json").output.splitlines()
    ]
    assert [(f["key"], f["severity"]) for f in findings] == [
        ("1", "error"), ("5", "error"), ("6", "error"), ("6", "error"), ("6", "error"), ("8", "error"), ("9", "error"),
    ]  # fmt: skip
    assert "2 times with the same kwargs" in findings[0]["what"]
    assert findings[1]["what"] == "the same prompt as key 1"
    assert "num_words is 3, the prompt has 5" in findings[2]["what"]
