"""The ledger: one line per row and stage: kept, dropped (reason, score, the row that caused it) or failed (error).

Lines live in parquet files, `ledger/NN-stage/part-NNNNN.parquet` of a run folder, one for each batch. Columns: id, status,
reason, score, cause, source, row.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import polars as pl

from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.prompts.filters import STAGES

SCHEMA = pl.Schema(
    {"id": pl.String, "status": pl.String, "reason": pl.String, "score": pl.Float64, "cause": pl.String,
     "source": pl.String, "row": pl.Int64}
)  # fmt: skip


class Ledger:
    """Writes and reads the ledger of one run."""

    def __init__(self, run: Path) -> None:
        self._root = run / "ledger"
        self._parts = dict.fromkeys(STAGES, 0)

    def clear(self, *stages: str) -> None:
        """Deletes the lines of stages that are about to run again."""
        for stage in stages:
            shutil.rmtree(self._folder(stage), ignore_errors=True)
            self._parts[stage] = 0

    def write(self, stage: str, lines: pl.DataFrame) -> None:
        """Adds lines. Missing columns are null, and so is the reason of a kept row."""
        lines = lines.with_columns(
            pl.lit(None, dtype=dtype).alias(name) for name, dtype in SCHEMA.items() if name not in lines.columns
        )
        part = self._folder(stage) / f"part-{self._parts[stage]:05d}.parquet"
        write_parquet(part, lines.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()))
        self._parts[stage] += 1

    def decide(self, stage: str, rows: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
        """Writes one line per row and returns the kept rows.

        verdicts: reason (null = keep) of each row, in the order of the rows, and score and cause if the stage has them. A
        column of the rows, such as a detected language, replaces theirs.
        """
        kept = pl.col("reason").is_null()
        lines = pl.concat(
            [rows.select("id", "source", "row"), verdicts.drop(rows.columns, strict=False)], how="horizontal"
        )
        self.write(stage, lines.with_columns(status=pl.when(kept).then(pl.lit("kept")).otherwise(pl.lit("dropped"))))
        replaced = [name for name in verdicts.columns if name in rows.columns]
        return rows.with_columns(verdicts.select(replaced)).filter(verdicts["reason"].is_null())

    def lines(self, stage: str) -> pl.LazyFrame:
        """All lines of a stage; none if it has not run."""
        parts = sorted(self._folder(stage).glob("*.parquet"))
        return pl.scan_parquet(parts) if parts else pl.LazyFrame(schema=SCHEMA)

    def _folder(self, stage: str) -> Path:
        return self._root / f"{STAGES.index(stage):02d}-{stage}"


class StageCount(NamedTuple):
    """One step of the funnel. reasons: (reason, rows) of drops and failures, most frequent first."""

    stage: str
    entered: int
    kept: int
    dropped: int
    failed: int
    reasons: list[tuple[str, int]]


def funnel(run: Path) -> list[StageCount]:
    """The counts of the stages that have run, in their order. Raises SparError for a folder without a ledger."""
    if not (run / "ledger").is_dir():
        raise SparError(f"{run} is no run folder: it has no ledger. `make dataset` and `spar-data dataset` make one")
    ledger = Ledger(run)
    steps = []
    for stage in STAGES:
        lines = ledger.lines(stage)
        counts = dict(lines.group_by("status").len().collect().iter_rows())
        if counts:
            reasons = lines.filter(pl.col("reason").is_not_null()).group_by("reason").len().collect()
            ranked = list(reasons.sort(["len", "reason"], descending=[True, False]).iter_rows())
            kept, dropped, failed = (counts.get(status, 0) for status in ("kept", "dropped", "failed"))
            steps.append(StageCount(stage, kept + dropped + failed, kept, dropped, failed, ranked))
    return steps


def history(run: Path, row_id: str) -> list[dict[str, object]]:
    """The lines of one row in the order of the stages, each with its stage."""
    ledger = Ledger(run)
    return [
        {"stage": stage, **line}
        for stage in STAGES
        for line in ledger.lines(stage).filter(pl.col("id") == row_id).collect().iter_rows(named=True)
    ]
