"""The folder of a training: what lies where, and whether it belongs to this training.

train.json        settings, hashes and facts; "finished": true is written last
metrics.jsonl     a line a step; tensorboard/ has the same as curves
left_out.jsonl    rows that are not trained on, each with its reason
checkpoints/      what a continuation needs; gone when the model stands
reference-*.parquet   log-probabilities of the reference (DPO)
model/, adapter/  what was trained
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spar_data.core.run_folder import matching_facts
from spar_train.training.files.checkpoint import FREE

NAME = "train.json"


def stored_facts(out: Path, identity: Mapping[str, Any]) -> dict[str, Any] | None:
    """The train.json of an equal training; None for a new folder. Raises SparError for a folder of another training."""
    return matching_facts(out, NAME, identity, free=FREE)
