"""A release loads in `datasets` and polars."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest


def test_release_loads_in_datasets_and_polars(built: tuple[Path, Path], tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    frame = pl.read_parquet(built[1] / "data" / "prompts.parquet")
    loaded = datasets.load_dataset(str(built[1]), split="train", cache_dir=str(tmp_path))
    assert loaded.num_rows == len(frame) and loaded[0]["prompt"] == frame["prompt"][0]
    assert loaded[0]["constraints"][0]["leaf"] == frame["constraints"][0][0]["leaf"]
    assert datasets.load_dataset(str(built[1]), "seeds", split="train", cache_dir=str(tmp_path)).num_rows > len(frame)
