"""The check of an installation."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ifeval_files import run_command

DATA = os.environ.get("SPAR_TEST_DATA", "")


@pytest.mark.data
@pytest.mark.skipif(not DATA, reason="SPAR_TEST_DATA is not set")
def test_selftest_says_where_it_stands(tmp_path: Path) -> None:
    result = run_command("selftest", DATA)
    assert result.exit_code == 0
    assert "ok      IFEval verdicts" in result.output and "417/698/431/714" in result.output
    assert "FAILED" not in result.output
    (tmp_path / "ifeval").mkdir()
    for name in ("input_data.jsonl", "input_response_data_gpt4_20231107_145030.jsonl"):
        (tmp_path / "ifeval" / name).symlink_to(Path(DATA) / "ifeval" / name)
    name = "reference_results_gpt4_20231107.jsonl"
    lines = (Path(DATA) / "ifeval" / name).read_text().splitlines()
    lines[0] = lines[0].replace("[true, true, false]", "[true, true, true]", 1)
    (tmp_path / "ifeval" / name).write_text("\n".join(lines))
    broken = run_command("selftest", tmp_path)
    assert broken.exit_code == 1
    assert (
        "FAILED  IFEval verdicts" in broken.output
        and "1 prompts differ" in broken.output
        and "first 1000 strict" in broken.output
    )
