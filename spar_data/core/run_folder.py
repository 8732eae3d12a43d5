"""Run folders: a JSON file in the folder records the settings of the run, and a run with other settings is refused.

The file, e.g. run.json, is a JSON object called the facts of the run. Its *identity* is the part that has to be equal when
the same command continues in the folder: `{"settings": {...}}` for most commands.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TypeAlias, cast

from spar_data.core.errors import SparError, first_line
from spar_data.core.files import JsonValue, write_json

Facts: TypeAlias = dict[str, JsonValue]


def read_facts(folder: Path, name: str) -> Facts | None:
    """The content of NAME; None for a new or empty folder.

    Raises SparError for a folder that holds other files only, and for a file that is not a JSON object.
    """
    file = folder / name
    if not file.exists():
        if folder.exists() and (not folder.is_dir() or any(path.name[:1] != "." for path in folder.iterdir())):
            raise SparError(f"{folder} holds other files and no {name}: use a new or empty folder as --out")
        return None
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SparError(
            f"{file} is not readable: {first_line(error)}. Use another --out or remove the folder"
        ) from None
    if not isinstance(facts, dict):
        raise SparError(f"{file}: a JSON object is expected. Use another --out or remove the folder")
    return facts


def matching_facts(
    folder: Path, name: str, identity: Mapping[str, object], optional: Collection[str] = (), free: Collection[str] = ()
) -> Facts | None:
    """The facts of an equal run; None for a new folder. Raises SparError naming every difference, or as `read_facts` does.

    Further arguments as in `differences`.
    """
    facts = read_facts(folder, name)
    if facts is not None and (changes := differences(facts, identity, optional, free)):
        raise SparError(
            f"{folder} holds a run with other settings: {'; '.join(changes)}. Use another --out or remove the folder"
        )
    return facts


def claim(folder: Path, name: str, settings: Mapping[str, object], optional: Collection[str] = ()) -> Facts:
    """Takes a folder for a run: writes NAME with the settings if the folder is new.

    Returns the facts of the equal run that the folder holds, {} for a new folder. Raises SparError as `matching_facts` does.
    """
    facts = matching_facts(folder, name, {"settings": settings}, optional)
    if facts is None:
        write_json(folder / name, {"settings": settings, "state": "begun"})
    return facts or {}


def finish(
    folder: Path, name: str, settings: Mapping[str, object], facts: Mapping[str, object], optional: Collection[str] = ()
) -> None:
    """Adds facts to NAME. An optional stage that this call left out keeps its earlier settings."""
    stored = read_facts(folder, name) or {}
    earlier = cast(Facts, stored.get("settings", {}))
    unchanged = {
        stage: earlier[stage] for stage in optional if earlier.get(stage) is not None and settings.get(stage) is None
    }
    write_json(folder / name, {**stored, **facts, "settings": {**settings, **unchanged}})


def differences(
    stored: Mapping[str, object],
    identity: Mapping[str, object],
    optional: Collection[str] = (),
    free: Collection[str] = (),
) -> list[str]:
    """The differences between stored facts and an identity, e.g. `seed is 0 there and 7 here`.

    Only the keys of `identity` are compared; within nested objects the keys of both.
    optional: settings that may be null on one side: stages that can be left out. free: settings that may differ.
    """
    changes: list[str] = []
    plain: Facts = json.loads(json.dumps(identity))  # as a file holds it: tuples become lists
    for key, value in plain.items():
        old = stored.get(key)
        if isinstance(value, dict):
            old = old if isinstance(old, dict) else {}
            skipped = {*free, *(name for name in optional if old.get(name) is None or value.get(name) is None)}
            changes += _changes(old, value, skipped)
        elif old != value:
            changes.append(_change(key, old, value))
    return changes


def _changes(stored: Facts, current: Facts, skipped: Collection[str], prefix: str = "") -> list[str]:
    changes: list[str] = []
    for name in dict.fromkeys((*stored, *current)):
        old, value = stored.get(name), current.get(name)
        if name in skipped or old == value:
            continue
        if isinstance(old, dict) and isinstance(value, dict):
            changes += _changes(old, value, (), f"{prefix}{name}.")
        else:
            changes.append(_change(prefix + name, old, value))
    return changes


def _change(name: str, stored: object, current: object) -> str:
    texts = (json.dumps(value, ensure_ascii=False) for value in (stored, current))
    old, new = (text if len(text) <= 120 else text[:117] + "..." for text in texts)
    return f"{name} is {old} there and {new} here"
