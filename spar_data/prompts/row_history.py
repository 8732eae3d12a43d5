"""The history of one row through the stages of a run."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from spar_data.prompts.ledger import history


def explain(run: Path, row_id: str) -> list[dict[str, object]]:
    """The ledger lines of a row, by the id of its seed or of its evolved prompt, with the texts that are on disk.

    Each line also has: place (source and row) and text, for the first line of a text; cause_text, the prompt that caused
    a drop. Empty if the run does not know the id.
    """
    lines = history(run, row_id)
    if (run / "evolved.parquet").exists():
        rows = pl.scan_parquet(run / "evolved.parquet").select("id", "seed_id")
        seed_ids = rows.filter(pl.col("id") == row_id).collect()["seed_id"]
        evolved_ids = rows.filter(pl.col("seed_id") == row_id).collect()["id"]
        if len(seed_ids) and not any(line["stage"] == "read" for line in lines):
            return explain(run, seed_ids[0])
        if len(evolved_ids):
            lines += [line for line in history(run, evolved_ids[0]) if line["stage"] == "decontaminate"]
    for line in lines:
        line["place"] = f"{line['source']}, row {line['row']}" if line["stage"] == "read" else ""
        line["text"] = _text(run, str(line["id"])) if line["stage"] in ("read", "decontaminate") else ""
        line["cause_text"] = f"{line['cause']}: {_text(run, str(line['cause']))}" if line["cause"] else ""
    return lines


def _text(run: Path, row_id: str) -> str:
    """The prompt of a row; "" if no stage kept it."""
    for pattern in ("candidates/*.parquet", "evolved.parquet"):
        files = sorted(run.glob(pattern))
        if files:
            rows = pl.scan_parquet(files).filter(pl.col("id") == row_id).select("prompt").head(1).collect()
            if len(rows):
                return str(rows["prompt"][0])
    return ""
