"""One line per row and stage: kept, dropped (reason, score, the row that caused it) or failed (error).

Lines live in parquet parts, `ledger/NN-stage/part-NNNNN.parquet` of a run folder; the parts of a stage appear as its
batches are decided. Columns: id, status, reason, score, cause, source, row.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import polars as pl

from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet

STAGES = ("read", "duplicate", "length", "keyword", "language", "self-bleu", "evolve", "decontaminate")
SCHEMA = pl.Schema(
    {
        "id": pl.String,
        "status": pl.String,
        "reason": pl.String,
        "score": pl.Float64,
        "cause": pl.String,
        "source": pl.String,
        "row": pl.Int64,
    }
)


class Ledger:
    """Writes and reads the ledger of one run."""

    def __init__(self, run: Path) -> None:
        self._root = run / "ledger"
        self._parts = dict.fromkeys(STAGES, 0)

    def _folder(self, stage: str) -> Path:
        return self._root / f"{STAGES.index(stage):02d}-{stage}"

    def clear(self, *stages: str) -> None:
        """Forgets the lines of stages that are about to run again."""
        for stage in stages:
            shutil.rmtree(self._folder(stage), ignore_errors=True)
            self._parts[stage] = 0

    def write(self, stage: str, lines: pl.DataFrame) -> None:
        """Adds lines; missing columns are empty, the reason of a kept row is null."""
        lines = lines.with_columns(
            pl.lit(None, dtype=dtype).alias(name) for name, dtype in SCHEMA.items() if name not in lines.columns
        )
        part = self._folder(stage) / f"part-{self._parts[stage]:05d}.parquet"
        write_parquet(part, lines.select(pl.col(name).cast(dtype) for name, dtype in SCHEMA.items()))
        self._parts[stage] += 1

    def decide(self, stage: str, rows: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
        """Writes one line per row and returns the kept rows.

        verdicts: aligned with rows; reason (null = keep), score, cause.
        """
        lines = pl.concat(
            [rows.select("id", "source", "row"), verdicts.select("reason", "score", "cause")], how="horizontal"
        ).with_columns(status=pl.when(pl.col("reason").is_null()).then(pl.lit("kept")).otherwise(pl.lit("dropped")))
        self.write(stage, lines)
        return rows.filter(verdicts["reason"].is_null())

    def lines(self, stage: str) -> pl.LazyFrame:
        """All lines of a stage; empty if it has not run."""
        parts = sorted(self._folder(stage).glob("*.parquet"))
        return pl.scan_parquet(parts) if parts else pl.LazyFrame(schema=SCHEMA)


class StageCount(NamedTuple):
    """One step of the funnel; reasons: (reason, rows), most frequent first, failures among them."""

    stage: str
    entered: int
    kept: int
    dropped: int
    failed: int
    reasons: list[tuple[str, int]]


def funnel(run: Path) -> list[StageCount]:
    """The steps of a run that have happened, in order, with exact counts."""
    if not (run / "ledger").is_dir():
        raise SparError(f"{run} is no run folder: it has no ledger. `make dataset` and `spar-data dataset` make one")
    ledger = Ledger(run)
    steps = []
    for stage in STAGES:
        counts = dict(ledger.lines(stage).group_by("status").len().collect().iter_rows())
        if counts:
            reasons = (
                ledger.lines(stage)
                .filter(pl.col("reason").is_not_null())
                .group_by("reason")
                .len()
                .collect()
                .sort(["len", "reason"], descending=[True, False])
            )
            kept, dropped, failed = (counts.get(s, 0) for s in ("kept", "dropped", "failed"))
            steps.append(StageCount(stage, kept + dropped + failed, kept, dropped, failed, list(reasons.iter_rows())))
    return steps


def history(run: Path, row_id: str) -> list[dict[str, object]]:
    """The lines of one row in the order of the stages, each with its stage."""
    ledger = Ledger(run)
    return [
        {"stage": stage, **line}
        for stage in STAGES
        for line in ledger.lines(stage).filter(pl.col("id") == row_id).collect().iter_rows(named=True)
    ]
