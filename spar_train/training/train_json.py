"""The folder of a training: whose it is, and what lies where.

train.json        settings, hashes and facts; "finished": true is written last
metrics.jsonl     a line a step; tensorboard/ has the same as curves
left_out.jsonl    rows that are not trained on, each with its reason
checkpoints/      what a continuation needs; gone when the model stands
reference-*.parquet   log-probabilities of the reference (DPO)
model/, adapter/  what was trained
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError, first_line
from spar_train.training.checkpoint import differences

NAME = "train.json"


def read(out: Path) -> dict[str, Any] | None:
    """What train.json says, or nothing if it is not there. Raises SparError for a folder that is not of a training."""
    file = out / NAME
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if out.is_dir() and any(not path.name.startswith(".") for path in out.iterdir()):
            raise SparError(f"{out} holds files but no {NAME}: a new or an empty folder is expected") from None
        return None
    except (OSError, ValueError) as error:
        raise SparError(
            f"{file}: not readable: {first_line(error)}. Take another --out, or delete the folder"
        ) from None
    if not isinstance(facts, dict):
        raise SparError(f"{file}: a JSON object is expected. Take another --out, or delete the folder")
    return facts


def claim(out: Path, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The train.json of an equal training, or nothing if the folder is new. facts: what has to be equal. SparError if it is
    another training's."""
    there = read(out)
    if there is not None and (found := differences(there, facts)):
        raise SparError(f"{out} holds another training: {found}. Take another --out, or delete the folder")
    return there
