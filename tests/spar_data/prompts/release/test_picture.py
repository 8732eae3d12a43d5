"""The picture of a prompt release is that of its manifest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spar_data.core.assets import asset
from spar_data.prompts.release.picture import overview
from spar_data.prompts.taxonomy_files import load_taxonomy


def test_equal_manifests_give_equal_pictures(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    manifest = json.loads((asset("releases/spar-mini-1.0.0") / "manifest.json").read_text())
    for name in ("a.png", "b.png"):
        overview(manifest, load_taxonomy(), tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    by_model = {**manifest, "balance": {**manifest["balance"], "constraints": 0}}
    overview(by_model, load_taxonomy(), tmp_path / "drawn.png")
    assert (tmp_path / "drawn.png").read_bytes() != (tmp_path / "a.png").read_bytes()
