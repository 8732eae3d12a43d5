"""The sets for supervised fine-tuning: their rows, and a ledger with the fate of every reply."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from spar_data.core.files import JsonValue, write_parquet
from spar_data.core.records import Prompt
from spar_data.core.tables import frame
from spar_data.selfplay.records import Dialogue
from spar_data.sft.gates import REASONS, GateDrop

STAGES = ("actor", "response", "judge", "refine: judgement", "refine")
SETS = ("actor", "judge", "refine", "refine_test")


@dataclass(frozen=True)
class LedgerLine:
    """The fate of one reply. similarity: of a refinement to the response that it refines."""

    stage: str
    prompt_id: str
    sample: int
    status: str
    reason: str | None
    detail: str
    similarity: float | None


@dataclass(repr=False)
class SftSets:
    """The sets of a run. rows: by name of the set. parts: the prompts of each set, and the rest. ledger: a line for each reply."""

    parts: dict[str, list[Prompt]]
    rows: dict[str, list[Dialogue]] = field(default_factory=lambda: {name: [] for name in SETS})
    ledger: list[LedgerLine] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"SftSets({', '.join(f'{name}: {len(rows):,} rows' for name, rows in self.rows.items())})"

    def to_polars(self, name: str = "actor") -> pl.DataFrame:
        return frame(self.rows[name], Dialogue)

    def note(
        self, stage: str, prompt_id: str, sample: int, drop: GateDrop | None, similarity: float | None = None
    ) -> bool:
        """Adds a line to the ledger and returns whether the reply is kept."""
        status, reason, detail = ("dropped", *drop) if drop else ("kept", None, "")
        self.ledger.append(LedgerLine(stage, prompt_id, sample, status, reason, detail, similarity))
        return drop is None

    def counts(self) -> dict[str, dict[str, int]]:
        """Exact numbers by stage: entered, kept, and each reason."""
        counters: dict[str, Counter[str]] = {stage: Counter() for stage in STAGES}
        for line in self.ledger:
            counters[line.stage]["entered"] += 1
            counters[line.stage][line.reason or "kept"] += 1
        always = ("entered", "kept")
        return {
            stage: {name: counter[name] for name in (*always, *REASONS) if counter[name] or name in always}
            for stage, counter in counters.items()
        }

    def similarity(self) -> dict[str, float] | None:
        """Mean, least and median similarity of the refinements that were kept, None if there are none."""
        values = sorted(line.similarity or 0.0 for line in self.ledger if line.stage == "refine" and not line.reason)
        if not values:
            return None
        return {"mean": statistics.fmean(values), "least": values[0], "median": statistics.median(values)}

    def to_dict(self) -> dict[str, JsonValue]:
        labels = Counter(row.label for row in self.rows["judge"])
        similarity = self.similarity()
        return {
            "prompts": {name: len(part) for name, part in self.parts.items()},
            "rows": {name: len(rows) for name, rows in self.rows.items()},
            "labels": {"Yes": labels["Yes"], "No": labels["No"]},
            "similarity": {**similarity} if similarity else None,
            "stages": {stage: {**numbers} for stage, numbers in self.counts().items()},
        }

    def write(self, out: Path) -> None:
        """Writes a parquet file for each set, and ledger.parquet."""
        for name in SETS:
            write_parquet(out / f"{name}.parquet", self.to_polars(name))
        write_parquet(out / "ledger.parquet", frame(self.ledger, LedgerLine))
