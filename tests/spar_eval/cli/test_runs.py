"""`spar-eval compare`, `pool`, `contamination` and `report`."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hand_made_results import ROWS_A, ROWS_B, checked_result, single_checks

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.cli.main import cli
from spar_eval.results import Check, Item, Result
from spar_eval.run_folder import save_result


def test_two_runs_are_compared(tmp_path: Path) -> None:
    sides = {"a": [True] * 6 + [False] * 4, "b": [False] * 2 + [True] * 8, "c": [True] * 10}
    for name, passed in sides.items():
        save_result(single_checks(passed, model=f"model-{name}"), tmp_path / name)
    a, b, c = (str(tmp_path / name) for name in sides)
    run = CliRunner().invoke
    text = run(cli, ["compare", a, b, "--list", "1", "--html", str(tmp_path / "page.html")])
    assert text.exit_code == 0
    assert (
        "60.00 ->   80.00   +20.00" in text.output
        and "4 better, 2 worse of 10  p = 0.6875 (exact McNemar)" in text.output
    )
    assert "worse in B, strict: 2 checks, the first 1\n  k  i0  B: k was False\n" in text.output
    assert (tmp_path / "page.html").is_file()
    plain = json.loads(run(cli, ["compare", "--a", a, "--b", b, "--b", c, "--json"]).output)
    assert plain["b"]["runs"] == 2 and plain["metrics"][0]["items"]["value"] == pytest.approx(0.3)
    assert len(plain["metrics"][0]["improvements"]) == 4
    assert "unpaired" not in text.output
    assert "two run folders" in run(cli, ["compare", a]).output
    assert "two run folders" in run(cli, ["compare", a, b, "--a", a]).output
    missing = run(cli, ["compare", a, str(tmp_path / "none")])
    assert isinstance(missing.exception, SparError) and "results.json does not exist" in str(missing.exception)


def test_pool_prints_spreads_and_shares(tmp_path: Path) -> None:
    for seed, value in enumerate((0.4, 0.5, 0.9)):
        score = Estimate("share", value, 2, 0.1, 0.9, 0.2, "Wilson")
        run = dataclasses.replace(single_checks([True, False, None], model=f"seed{seed}"), scores=(score,))
        save_result(run, tmp_path / str(seed))
    folders = [str(tmp_path / str(seed)) for seed in range(3)]
    output = CliRunner().invoke(cli, ["pool", *folders]).output
    assert "t: 3 runs of 3 items: seed0, seed1, seed2" in output
    assert "share                60.00  sd 26.46  40.00 to 90.00" in output and "items, strict" in output
    plain = json.loads(CliRunner().invoke(cli, ["pool", *folders[:2], "--json"]).output)
    assert plain["spreads"][0]["mean"] == 0.45 and plain["scores"][0]["n"] == 6


def _run(name: str, *kinds: tuple[str, int, int], model: str = "m", task: str = "ifeval") -> Result:
    """kinds: (type, instructions, of which are met), one prompt each."""
    items = [
        Item(f"{name}-{kind}-{i}", f"{name} {kind} {i}", "r", (Check(kind, {"strict": i < met}, ""),))
        for kind, n, met in kinds
        for i in range(n)
    ]
    return Result(task, model, f"{task}|{name}", (), tuple(items))


def test_contamination_prints_the_gap(tmp_path: Path) -> None:
    save_result(_run("public", ("a", 30, 27)), tmp_path / "public")
    save_result(_run("fresh", ("a", 10, 6)), tmp_path / "fresh")
    result = CliRunner().invoke(cli, ["contamination", str(tmp_path / "public"), str(tmp_path / "fresh")])
    assert result.exit_code == 0, result.output
    gap = next(line for line in result.output.splitlines() if line.startswith("gap "))
    assert "30.00" in gap and result.output.rstrip().endswith("ifeval|fresh")


def _data(text: str) -> Any:
    data = re.search(r'<script type="application/json" id="ui-data">(.*?)</script', text, re.DOTALL)
    assert data
    return json.loads(data[1])


def _write(result: Result, folder: Path) -> Path:
    folder.mkdir()
    save_result(result, folder)
    return folder


def test_report_writes_pages_of_run_folders(tmp_path: Path) -> None:
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


def test_report_names_wrong_folders(tmp_path: Path) -> None:
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
