"""Prompts and models as settings in run.json: what decides the result, not where it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue, sha256
from spar_data.core.ids import row_id
from spar_data.models import AnyModel, identify
from spar_data.models.model_spec import RULES
from spar_data.selfplay.judge.judges import Judge


def source(ids: Sequence[str]) -> dict[str, JsonValue]:
    """Prompts as a setting: their number, and the hash of their ids in order. Raises SparError if there are none."""
    if not ids:
        raise SparError("there is no prompt to work on")
    return {"prompts": len(ids), "digest": row_id(*ids)}


def place(path: str) -> dict[str, JsonValue]:
    """The file of the prompts, from which their constraints can be read again."""
    file = Path(path)
    return {"path": path, "sha256": sha256(file) if file.is_file() else ""}


def model(model: AnyModel | None) -> dict[str, JsonValue]:
    """A model as a setting: its name, and the hash of all that can change an answer. None stands for rules."""
    if model is None or model == RULES:
        return {"name": RULES}
    identity = identify(model)
    return {"name": identity.name, "identity": row_id(identity.key)}


def judge(judge: Judge) -> dict[str, JsonValue]:
    """A judge as a setting: its model, and how that is asked."""
    return {**model(judge.model), **judge.settings}
