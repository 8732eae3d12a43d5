"""Finds data that ships with the project: `taxonomy/`, `recipes/`, the embedded seeds, templates and tables.

A wheel holds everything in `spar_data/_assets`; in a checkout `taxonomy/` and `recipes/` are folders of the root.
"""

from __future__ import annotations

import os
from pathlib import Path

_ROOT = Path(__file__).parent.parent.parent  # of the three packages


def asset_folders(package: str) -> list[Path]:
    """The folders that can hold the assets of a package."""
    return [_ROOT / package / name for name in ("_assets", "assets")]


def asset(name: str, package: str = "spar_data") -> Path:
    """The path of a shipped file or folder, e.g. `asset("taxonomy")` or `asset("report.css", "spar_eval")`."""
    for base in (*asset_folders(package), _ROOT):
        if (base / name).exists():
            return base / name
    raise FileNotFoundError(f"'{name}' is missing from this installation of spar-suite")


def cache_folder() -> Path:
    """The folder for fetched files: $XDG_CACHE_HOME/spar-suite, or ~/.cache/spar-suite."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spar-suite"
