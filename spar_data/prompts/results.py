"""Results of `filter_prompts` and `evolve`: kept prompts, and the others with their reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import polars as pl

from spar_data.core.ids import row_id
from spar_data.core.records import Prompt

_SCHEMA = pl.Schema(
    {"id": pl.String, "prompt": pl.String, "status": pl.String, "stage": pl.String, "reason": pl.String,
     "score": pl.Float64, "cause": pl.String}
)  # fmt: skip


@dataclass(frozen=True)
class Drop:
    """A prompt that a stage dropped, or failed on.

    stage   of the ledger, e.g. duplicate, self-bleu or evolve.
    score   the measure that decided, e.g. the BLEU on 0-1 or the length; None if there is none.
    cause   the prompt that caused the drop, e.g. the earlier one that it is too similar to; None if there is none.
    """

    prompt: str
    stage: str
    reason: str
    score: float | None = None
    cause: str | None = None


@dataclass(frozen=True)
class PromptResult:
    """kept: prompts that passed, or evolved prompts. failed: calls without an answer. signature: settings of self-BLEU."""

    kept: list[Prompt]
    dropped: list[Drop]
    failed: list[Drop]
    signature: str = ""

    def to_polars(self) -> pl.DataFrame:
        """One row for each prompt: id and text, status (kept, dropped or failed), and the fields of `Drop`."""
        rows: list[dict[str, object]] = [
            {"id": prompt.id, "prompt": prompt.text, "status": "kept"} for prompt in self.kept
        ]
        for status, drops in (("dropped", self.dropped), ("failed", self.failed)):
            rows += [{**vars(drop), "id": row_id(drop.prompt), "status": status} for drop in drops]
        return pl.DataFrame(rows, schema=_SCHEMA)

    def __repr__(self) -> str:
        reasons = Counter(drop.reason for drop in (*self.dropped, *self.failed))
        detail = ", ".join(f"{count:,} {reason!r}" for reason, count in reasons.most_common())
        failed = f", {len(self.failed):,} failed" if self.failed else ""
        counts = f"{len(self.kept):,} kept, {len(self.dropped):,} dropped{failed}"
        return f"PromptResult({counts}: {detail})" if detail else f"PromptResult({counts})"
