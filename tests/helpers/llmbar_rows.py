"""Pairs in LLMBar's format, and a folder of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def pair_row(prompt: str, label: int = 1) -> dict[str, Any]:
    return {
        "input": prompt,
        "output_1": f"good answer to {prompt}",
        "output_2": f"poor answer to {prompt}",
        "label": label,
    }


def write_pairs(folder: Path) -> Path:
    """Two subsets of three pairs each; output 1 is the better one but in the third."""
    for place in ("Natural", "Adversarial/Manual", "Adversarial/GPTOut"):
        file = folder / place / "dataset.json"
        file.parent.mkdir(parents=True)
        rows = [pair_row(f"{file.parent.name} q{i}") for i in (1, 2)] + [
            {**pair_row(f"{file.parent.name} q3", 2), "output_1": "poor answer", "output_2": "good answer"}
        ]
        file.write_text(json.dumps(rows))
    return folder
