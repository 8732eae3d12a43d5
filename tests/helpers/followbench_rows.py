"""Rows and files in FollowBench's format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def row(category: str, number: int, level: int, **more: Any) -> dict[str, Any]:
    return {
        "example_id": number, "category": category, "source": "oasst", "level": level,
        "instruction": f"{category} {number} level {level}.", "target": "", **more,
    }  # fmt: skip


def content_rows() -> list[dict[str, Any]]:
    return [row("content", number, level) for number in (1, 2) for level in range(6)]


def example_rows() -> list[dict[str, Any]]:
    form = {"source": "samsum", "target": "{instruction}\nBot: {answer}", "answer": "Bot: x"}
    return [row("example", number, level, **form) for number in (1, 2) for level in range(1, 6)]


def write_files(folder: Path, **files: list[dict[str, Any]]) -> Path:
    folder.mkdir()
    for category, rows in files.items():
        (folder / f"{category}_constraints.json").write_text(json.dumps(rows))
    return folder
