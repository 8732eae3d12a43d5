"""`spar-train report`."""

from __future__ import annotations

from pathlib import Path

import loop_folders as folders
from click.testing import CliRunner

from spar_train.cli.main import cli


def test_the_page_stands_in_the_first_loop(tmp_path: Path) -> None:
    folder = folders.loop(tmp_path / "a", iterations=1, steps=3)
    run = CliRunner().invoke(cli, ["report", str(folder)])
    assert run.exit_code == 0 and (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    other = tmp_path / "other.html"
    assert CliRunner().invoke(cli, ["report", str(folder), "--out", str(other)]).output.strip() == str(other)
    assert other.read_bytes() == (folder / "report.html").read_bytes()
