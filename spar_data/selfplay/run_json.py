"""Prompts and models as settings in run.json: what decides the result, not where it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.core.files import sha256
from spar_data.core.ids import row_id
from spar_data.models import identify
from spar_data.models.model_spec import RULES
from spar_data.models.respond import Rows
from spar_data.selfplay.judge.judges import Judge


def source(prompts: Rows, path: str) -> dict[str, Any]:
    """Which prompts: how many, and the hash of their ids in order; the same prompts in another file are the same."""
    ids = [row["id"] for row in prompts()]
    if not ids:
        raise SparError(f"{path}: no prompts in it")
    return {"prompts": len(ids), "digest": row_id(*ids)}


def place(path: str) -> dict[str, Any]:
    """Where the prompts stand, for whoever reads their constraints again."""
    file = Path(path)
    return {"path": path, "sha256": sha256(file) if file.is_file() else ""}


def model(spec: str) -> dict[str, str]:
    """A model as a setting: its name, and the hash of all that can change an answer; not its address. "" stands for rules."""
    if spec in ("", RULES):
        return {"name": RULES}
    who = identify(spec)
    return {"name": who.name, "identity": row_id(who.key)}


def judge(judge: Judge) -> dict[str, Any]:
    """A judge as a setting: its model, and how that is asked."""
    asked = {"votes": judge.rule.votes, "temperature": judge.temperature, "max_tokens": judge.max_tokens}
    return model(judge.model) | (asked if judge.model else {})
