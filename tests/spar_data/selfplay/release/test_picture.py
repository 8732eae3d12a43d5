"""The picture of a self-play release."""

from __future__ import annotations

from pathlib import Path

import pytest

from spar_data.selfplay.release.picture import overview

_STEP = {"stage": "responses", "entered": 9, "kept": 8, "dropped": 1, "failed": 0, "reasons": []}


@pytest.mark.parametrize("similarities", [{"spar": [0.5, 0.9], "direct": [0.1]}, {}])
def test_a_png_with_and_without_pairs(similarities: dict[str, list[float]], tmp_path: Path) -> None:
    overview("tiny-1.0.0", [_STEP], similarities, tmp_path / "a.png")
    overview("tiny-1.0.0", [_STEP], similarities, tmp_path / "b.png")
    image = (tmp_path / "a.png").read_bytes()
    assert image[:4] == b"\x89PNG" and image == (tmp_path / "b.png").read_bytes()
