"""What to train, and whom to tell."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spar_train.config import TrainingConfig
from spar_train.data.prepare import Data, prepare
from spar_train.training.model import Source


@dataclass(frozen=True)
class Job:
    """What to train.

    stage    sft, dpo or rft (sft on other rows).   model: its name.   rows: files.   out: the folder to write.
    limit    the first rows only.   held_out, eval_file: rows that are measured at the end of each epoch.
    """

    stage: str
    model: str
    rows: tuple[Path, ...]
    out: Path
    config: TrainingConfig
    limit: int | None = None
    held_out: int = 0
    eval_file: Path | None = None


@dataclass(frozen=True)
class Report:
    """Whom to tell. say: a line of text. step: the line of metrics.jsonl, all steps, seconds to go."""

    say: Callable[[str], None] = lambda line: None
    step: Callable[[dict[str, Any], int, float], None] = lambda line, total, left: None


def read(job: Job, source: Source, tokenizer: Any) -> Data:
    """The examples of a job. A row that is longer than what the model can read is too long."""
    config = dataclasses.replace(job.config, max_length=min(job.config.max_length, source.room))
    return prepare(job.stage, job.rows, tokenizer, config, job.limit, job.held_out, job.eval_file)
