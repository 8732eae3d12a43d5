"""`spar-eval report`: pages of one run folder or two."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from hand_made_results import ROWS_A, ROWS_B, checked_result

from spar_data.core.errors import SparError
from spar_eval.cli.main import cli
from spar_eval.results import Result
from spar_eval.run_folder import save_result


def _data(text: str) -> Any:
    data = re.search(r'<script type="application/json" id="ui-data">(.*?)</script', text, re.DOTALL)
    assert data
    return json.loads(data[1])


def _write(result: Result, folder: Path) -> Path:
    folder.mkdir()
    save_result(result, folder)
    return folder


def test_the_command_writes_pages_of_run_folders(tmp_path: Path) -> None:
    first, second = (
        _write(checked_result(ROWS_A), tmp_path / "a"),
        _write(checked_result(ROWS_B, "b-model"), tmp_path / "b"),
    )
    (first / "report.html").unlink()
    ran = CliRunner().invoke(cli, ["report", str(first)])
    assert ran.exit_code == 0 and ran.output.strip() == str(first / "report.html")
    assert _data((first / "report.html").read_text())["results"][0]["items"][1]["checks"][0]["verdicts"] == {
        "strict": False
    }
    out = tmp_path / "both.html"
    assert CliRunner().invoke(cli, ["report", str(first), str(second), "--out", str(out)]).exit_code == 0
    data = _data(out.read_text())
    assert [each["model"] for each in data["results"]] == ["a-model", "b-model"]
    assert data["differences"][0]["score"]["value"] == 0.25
    CliRunner().invoke(cli, ["report", str(first), str(second)], catch_exceptions=False)
    assert (second / "comparison.html").read_bytes() == out.read_bytes()


def test_wrong_folders_are_named(tmp_path: Path) -> None:
    run, other = (
        _write(checked_result(ROWS_A), tmp_path / "a"),
        _write(checked_result(ROWS_A, task="llmbar"), tmp_path / "b"),
    )
    for arguments, message in (
        ([str(tmp_path)], "the folder of a finished spar-eval run is expected"),
        ([str(run), str(other)], "'ifeval' and 'llmbar'"),
    ):
        ran = CliRunner().invoke(cli, ["report", *arguments])
        assert isinstance(ran.exception, SparError) and message in str(ran.exception)
    assert not (other / "comparison.html").exists()
    ran = CliRunner().invoke(cli, ["report", str(run), "--out", str(tmp_path)])
    assert ran.exit_code == 2 and "is a directory" in ran.output
