"""Finds data that ships with the project: `taxonomy/`, `recipes/`, the embedded seeds and the price table.

A wheel holds everything in `spar_data/_assets`; in a checkout `taxonomy/` and `recipes/` are folders of the root.
"""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def asset(name: str) -> Path:
    """Returns the path of a shipped file or folder, e.g. `asset("taxonomy")` or `asset("seeds")`."""
    for base in (_PACKAGE / "_assets", _PACKAGE.parent):
        if (base / name).exists():
            return base / name
    raise FileNotFoundError(f"'{name}' is missing from this installation of spar-suite")


def cache_folder() -> Path:
    """The folder for fetched files: $XDG_CACHE_HOME/spar-suite, or ~/.cache/spar-suite."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spar-suite"
