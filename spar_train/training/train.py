"""The trainings of the public API: `sft`, `dpo` and `rft`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from spar_data.core.config import structure
from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_train.config import DPO, DPO_WEIGHTS, RFT, SFT, TrainingConfig
from spar_train.data.rows import Rows, row_sources
from spar_train.training.dry_run import DryRun, plan_job
from spar_train.training.files.train_json import TrainingFacts
from spar_train.training.fit import fit
from spar_train.training.job import TrainingJob, TrainingProgress
from spar_train.training.metrics import read_metrics


@dataclass(frozen=True, repr=False)
class TrainedModel:
    """A finished training. Printing it shows the figures of its last step and the folder of the model."""

    out: Path
    facts: TrainingFacts

    @property
    def folder(self) -> Path:
        """The model: loads in transformers and vLLM, and as `hf:FOLDER` in the suite."""
        return self.out / "model"

    def __repr__(self) -> str:
        rows, last = self.facts.rows, self.facts.last
        names = ("loss", "margin", "accuracy", "held_out_loss", "held_out_accuracy")
        figures = ", ".join(f"{name.replace('_', ' ')} {last[name]:.4f}" for name in names if name in last)
        left_out = f", {rows.left_out:,} set aside (left_out.jsonl)" if rows.left_out else ""
        return f"{rows.count:,} rows{left_out}, {self.facts.steps:,} steps; the last one: {figures}\n{self.folder}"

    def to_dict(self) -> dict[str, JsonValue]:
        """The content of train.json and the folder."""
        return {**self.facts.to_dict(), "out": str(self.out)}

    def to_polars(self) -> pl.DataFrame:
        """The metrics, one row per step."""
        return pl.DataFrame(read_metrics(self.out / "metrics.jsonl"), infer_schema_length=None)


def sft(
    rows: Rows, model: str | Path, out: str | Path, *, limit: int | None = None, held_out: int = 0, eval_rows: Rows | None = None,
    dry_run: bool = False, progress: TrainingProgress | None = None, **config: object,
) -> TrainedModel | DryRun:  # fmt: skip
    """Trains a model on dialogues; the loss is on their last reply.

    rows: .parquet or .jsonl files, a list of mappings, or a polars frame, with `messages`, or with `prompt` and `completion`.
    model: a folder, a name on the Hub, hf:PATH or smollm2. out: the folder to write; a training that was stopped there
    continues. limit: the first rows only. held_out: rows to evaluate on instead of training on them. eval_rows: further rows
    to evaluate on. dry_run: only says what would be trained, and whether it fits into memory. config: fields of
    TrainingConfig that replace the paper's values. Raises SparError.

    >>> import spar_train
    >>> turns = [{"role": "user", "content": "Name a colour."}, {"role": "assistant", "content": "Red."}]
    >>> tiny = spar_train.random_model("tiny")
    >>> trained = spar_train.sft([{"messages": turns}], tiny, "actor-0", batch_size=1, max_steps=2, learning_rate=1e-3)
    >>> trained
    1 rows, 2 steps; the last one: loss ...
    actor-0/model
    >>> trained.to_polars()["step"].to_list()
    [1, 2]
    """
    return _run("sft", SFT, config, rows, model, out, limit, held_out, eval_rows, dry_run, progress)


def dpo(
    rows: Rows, model: str | Path, out: str | Path, *, recipe: str = "spar", limit: int | None = None, held_out: int = 0,
    eval_rows: Rows | None = None, dry_run: bool = False, progress: TrainingProgress | None = None, **config: object,
) -> TrainedModel | DryRun:  # fmt: skip
    """Trains a model on pairs; the reference is the start model.

    rows: pairs with `prompt`, `chosen` and `rejected`. recipe: the paper whose beta and nll_weight are used: a key of
    spar_train.config.DPO_WEIGHTS. Everything else as in `sft`.

    >>> import spar_train
    >>> pair = {"prompt": [{"role": "user", "content": "Name a colour."}], "chosen": "Red.", "rejected": "Sand."}
    >>> tiny = spar_train.random_model("tiny")
    >>> spar_train.dpo([pair], tiny, "actor-1", dry_run=True)
    dpo of tiny: 1 rows
    1 steps of 32 rows, ... tokens in total; ...
    >>> trained = spar_train.dpo([pair], tiny, "actor-1", recipe="iterative-rpo")
    >>> trained.facts.settings.nll_weight, trained.facts.last["margin"]
    (1.0, 0.0)
    """
    if recipe not in DPO_WEIGHTS:
        raise SparError(f"recipe {recipe!r}: one of {', '.join(DPO_WEIGHTS)} is expected")
    config = {**DPO_WEIGHTS[recipe]._asdict(), **config}
    return _run("dpo", DPO, config, rows, model, out, limit, held_out, eval_rows, dry_run, progress)


def rft(
    rows: Rows, model: str | Path, out: str | Path, *, limit: int | None = None, held_out: int = 0, eval_rows: Rows | None = None,
    dry_run: bool = False, progress: TrainingProgress | None = None, **config: object,
) -> TrainedModel | DryRun:  # fmt: skip
    """Trains a model on rows that were accepted: `sft` with the values for rejection-sampling fine-tuning.

    >>> import spar_train
    >>> turns = [{"role": "user", "content": "Is 7 odd?"}, {"role": "assistant", "content": "Yes."}]
    >>> spar_train.rft([{"messages": turns}], spar_train.random_model("tiny"), "refiner-1", epochs=1)
    1 rows, 1 steps; the last one: loss ...
    refiner-1/model
    """
    return _run("rft", RFT, config, rows, model, out, limit, held_out, eval_rows, dry_run, progress)


def _run(
    stage: str, base: TrainingConfig, changes: dict[str, object], rows: Rows, model: str | Path, out: str | Path,
    limit: int | None, held_out: int, eval_rows: Rows | None, dry_run: bool, progress: TrainingProgress | None,
) -> TrainedModel | DryRun:  # fmt: skip
    config = structure(TrainingConfig, {**dataclasses.asdict(base), **changes}, stage)
    evaluated = () if eval_rows is None else row_sources(eval_rows)
    job = TrainingJob(stage, str(model), row_sources(rows), Path(out), config, limit, held_out, evaluated)
    return plan_job(job) if dry_run else TrainedModel(job.out, fit(job, progress))
