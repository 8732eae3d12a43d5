"""The folder of a training, and the facts in its train.json.

train.json        settings, hashes and facts; "finished": true is written last
metrics.jsonl     one line per step; tensorboard/ has the same as curves
left_out.jsonl    rows that are not trained on, each with its reason
checkpoints/      what a continuation needs; removed once the model is written
reference-*.parquet   log-probabilities of the reference (DPO)
model/, adapter/  the trained model
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue, write_json
from spar_data.core.run_folder import matching_facts
from spar_train.config import TrainingConfig

_NAME = "train.json"
FREE = ("save_every", "keep", "tokens_per_batch", "gradient_checkpointing", "attention", "save_dtype")
"""Settings that a continuation may change: they change how the result is computed, not the result."""


@dataclass(frozen=True)
class RowCounts:
    """The rows of a training. digest: hash of their tokens and targets."""

    count: int
    held_out: int
    left_out: int
    files: list[str]
    digest: str


@dataclass(frozen=True)
class TrainingFacts:
    """The content of train.json.

    model: hash of the start model; name: as the user gave it. data: hash of the rows. dtype: of the saved weights.
    last: the metrics of the last step; empty until the training is finished.
    """

    stage: str
    model: str
    settings: TrainingConfig
    data: str
    name: str
    dtype: str
    rows: RowCounts
    steps: int
    attention: str
    precision: str
    processes: int
    versions: dict[str, str]
    suite: str
    finished: bool = False
    last: dict[str, int | float] = field(default_factory=dict)

    def identity(self) -> dict[str, object]:
        """The part that has to be equal when the training continues."""
        return identity(self.stage, self.model, self.settings, self.data)

    def to_dict(self) -> dict[str, JsonValue]:
        values = dataclasses.asdict(self)
        return values if self.finished else {name: value for name, value in values.items() if name != "last"}

    def write(self, out: Path) -> None:
        write_json(out / _NAME, self.to_dict())


def identity(stage: str, model: str, config: TrainingConfig, data: str = "") -> dict[str, object]:
    """The facts that tell trainings apart. data: hash of the rows, "" while it is not known."""
    plain: dict[str, object] = {"stage": stage, "model": model, "settings": dataclasses.asdict(config)}
    return {**plain, "data": data} if data else plain


def stored_facts(out: Path, wanted: Mapping[str, object]) -> TrainingFacts | None:
    """The facts of an equal training in the folder; None for a new folder. Raises SparError for another training."""
    facts = matching_facts(out, _NAME, wanted, free=FREE)
    if facts is None:
        return None
    try:
        return msgspec.convert(facts, TrainingFacts)
    except msgspec.ValidationError as error:
        raise SparError(f"{out / _NAME}: {error}. Use another --out or remove the folder") from None
