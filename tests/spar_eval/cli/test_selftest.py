"""`spar-eval selftest`."""

from __future__ import annotations

from pathlib import Path

import pytest
from ifeval_files import run_command

from spar_data.core.errors import SparError


def test_data_that_is_not_there_is_absent_and_no_failure(tmp_path: Path) -> None:
    result = run_command("selftest", tmp_path)
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.output.splitlines()] == ["absent"] * 6
    with pytest.raises(SparError, match="is no folder"):
        run_command("selftest", tmp_path / "nowhere")
