"""One self-contained HTML page of one or two results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spar_data.files import write_text
from spar_eval.results import Result


def page(results: Sequence[Result], file: Path) -> None:
    """Writes the page."""
    write_text(file, "<!doctype html>" + results[0].signature)
