"""`spar-eval compare`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hand_made_results import single_checks

from spar_data.core.errors import SparError
from spar_eval.cli.main import cli
from spar_eval.run_folder import save_result


def test_command(tmp_path: Path) -> None:
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
