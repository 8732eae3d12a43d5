"""A study folder, read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from spar_data.core.tables import schema
from spar_data.selfplay.records import Pair


def json_rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def arms(study: Path, task: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    refined, sampled = (pl.read_parquet(study / task / f"{arm}.parquet") for arm in ("refined", "sampled"))
    assert refined.schema == sampled.schema == schema(Pair)
    return refined.to_dicts(), sampled.to_dicts()
