"""A push is checked against the manifest first."""

from __future__ import annotations

from pathlib import Path

import pytest

from spar_data.core.errors import SparError
from spar_data.release.publish import plan_upload


def test_publish_checks_and_lists(built: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(SparError, match="OWNER/NAME"):
        plan_upload(built[1])
    names = [name for name, _ in plan_upload(built[1], "me/set").files]
    assert names == ["README.md", "data/prompts.parquet", "data/seeds.parquet", "manifest.json", "overview.png"]
    with pytest.raises(SparError, match="not a release"):
        plan_upload(tmp_path, "me/set")
