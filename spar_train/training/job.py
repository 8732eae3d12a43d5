"""What to train, and who hears about its progress."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spar_train.config import TrainingConfig
from spar_train.data.rows import RowSource
from spar_train.data.training_rows import TrainingRows, training_rows
from spar_train.training.metrics import StepMetrics
from spar_train.training.model import ModelSource

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


@dataclass(frozen=True)
class TrainingJob:
    """What to train.

    stage         sft, dpo or rft (sft on other rows).
    model         the start model as the user named it.
    rows          files, or rows in memory.
    out           the folder to write.
    limit         the first rows only.
    held_out, eval_rows   rows to evaluate on at the end of each epoch.
    """

    stage: str
    model: str
    rows: tuple[RowSource, ...]
    out: Path
    config: TrainingConfig
    limit: int | None = None
    held_out: int = 0
    eval_rows: tuple[RowSource, ...] = ()


@dataclass(frozen=True)
class TrainingProgress:
    """Functions that are called while a training runs.

    say     takes a line of text.
    step    takes the metrics of a step, the number of all steps, and the estimated seconds that remain.
    """

    say: Callable[[str], None] = lambda line: None
    step: Callable[[StepMetrics, int, float], None] = lambda metrics, total, remaining: None


def read_rows(job: TrainingJob, source: ModelSource, tokenizer: PreTrainedTokenizerBase) -> TrainingRows:
    """The examples of a job. Rows that are longer than the model can read are set aside too. Raises SparError."""
    config = dataclasses.replace(job.config, max_length=min(job.config.max_length, source.room))
    return training_rows(job.stage, job.rows, tokenizer, config, job.limit, job.held_out, job.eval_rows)
