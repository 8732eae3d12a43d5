"""What happened to one row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from spar_data.prompts.ledger import history


def explain(run: Path, row_id: str) -> list[dict[str, Any]]:
    """The ledger lines of a row, by the id of its seed or of its evolved prompt, with the texts that are on disk.

    Adds to each line: place (source and row), and on the first one text; where another row caused a drop, cause_text.
    Empty if the run does not know the id.
    """
    lines: list[dict[str, Any]] = list(history(run, row_id))
    evolved = run / "evolved.parquet"
    if evolved.exists():
        rows = pl.scan_parquet(evolved).select("id", "seed_id", "prompt")
        seed = rows.filter(pl.col("id") == row_id).collect()
        made = rows.filter(pl.col("seed_id") == row_id).collect()
        if len(seed) and not any(line["stage"] == "read" for line in lines):
            return explain(run, seed["seed_id"][0])
        if len(made):
            lines += [line for line in history(run, made["id"][0]) if line["stage"] == "decontaminate"]
    for line in lines:
        line.setdefault("place", f"{line['source']}, row {line['row']}" if line["stage"] == "read" else "")
        line.setdefault("text", _text(run, str(line["id"])) if line["stage"] in ("read", "decontaminate") else "")
        line.setdefault("cause_text", f"{line['cause']}: {_text(run, str(line['cause']))}" if line["cause"] else "")
    return lines


def _text(run: Path, row_id: str) -> str:
    """The prompt of a row, as far as a stage kept it."""
    for pattern in ("candidates/*.parquet", "evolved.parquet"):
        files = sorted(run.glob(pattern))
        if files:
            found = pl.scan_parquet(files).filter(pl.col("id") == row_id).select("prompt").head(1).collect()
            if len(found):
                return str(found["prompt"][0])
    return ""
