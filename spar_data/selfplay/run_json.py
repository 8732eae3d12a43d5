"""The folder of a run: run.json says by which settings it was made, and a run by other settings does not go into it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.core.files import sha256, write_json
from spar_data.core.ids import row_id
from spar_data.models import identify
from spar_data.models.respond import Rows
from spar_data.selfplay.judge.verdicts import RULES


def claim(folder: Path, name: str, settings: Mapping[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """What NAME.json of the folder says, {} for a new folder; writes it with the settings.

    optional: settings that may be null in one of the two, for a stage that was left out. Raises SparError for a folder with
    other settings, or with files but without NAME.json.
    """
    file = folder / name
    if not file.exists():
        if folder.exists() and (not folder.is_dir() or any(each.name[:1] != "." for each in folder.iterdir())):
            raise SparError(f"{folder} holds other files and no {name}: a new or empty folder is expected as --out")
        write_json(file, {"settings": settings, "state": "begun"})
        return {}
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        there = known["settings"]
    except (ValueError, KeyError, TypeError):
        raise SparError(f"{file} cannot be read: remove the folder, or use another --out") from None
    here = json.loads(json.dumps(settings))
    left_out = {name: None for name in optional if there.get(name) is None or here.get(name) is None}
    differ = _differences({**there, **left_out}, {**here, **left_out})
    if differ:
        raise SparError(f"{folder} holds a run by other settings: {'; '.join(differ)}. Use another --out or remove it")
    return dict(known)


def finish(
    folder: Path, name: str, settings: Mapping[str, Any], optional: tuple[str, ...], facts: dict[str, Any]
) -> None:
    """Writes NAME.json with settings and facts; of an optional stage that was left out the facts from before stay."""
    file = folder / name
    known = json.loads(file.read_text(encoding="utf-8"))
    kept = {stage: known["settings"][stage] for stage in optional if known["settings"].get(stage) is not None}
    merged = {**settings, **{stage: value for stage, value in kept.items() if settings.get(stage) is None}}
    write_json(file, {**known, **facts, "settings": merged})


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
    """A model as a setting: its name, and the hash of all that can change an answer; not its address."""
    if spec == RULES:
        return {"name": RULES}
    who = identify(spec)
    return {"name": who.name, "identity": row_id(who.key)}


def _differences(there: Mapping[str, Any], here: Mapping[str, Any], within: str = "") -> list[str]:
    """Setting by setting, of nested ones too."""
    found = []
    for name in dict.fromkeys((*there, *here)):
        one, other = there.get(name), here.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            found += _differences(one, other, f"{within}{name}.")
        elif one != other:
            found.append(f"{within}{name} is {_short(one)} there and {_short(other)} here")
    return found


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 120 else text[:117] + "..."
