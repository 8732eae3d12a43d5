"""Errors of users: status 2 and no traceback; Ctrl-C: 130."""

from __future__ import annotations

import sys
from pathlib import Path


def test_user_errors_have_status_2_and_no_traceback(tmp_path: Path) -> None:
    import subprocess

    for arguments in (["funnel", "nowhere"], ["dataset", "--set", "x=1"], ["taxonomy", "--leaf", "x"], ["frobnicate"]):
        done = subprocess.run(
            [sys.executable, "-m", "spar_data.cli.main", *arguments], capture_output=True, text=True, cwd=tmp_path
        )
        assert done.returncode == 2 and "Error" in done.stderr and "Traceback" not in done.stderr, done.stderr
