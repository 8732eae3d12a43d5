"""The dataset card of a release."""

from __future__ import annotations

from spar_data.core.templates import render
from spar_data.release.load import Manifest

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def size_category(rows: int) -> str:
    """The Hub's tag for a number of rows."""
    return next((name for limit, name in _SIZES if rows < limit), "n>1M")


def card(kind: str, manifest: Manifest, rows: int, **values: object) -> str:
    """README.md of a release: a YAML header for the Hub, then sections. Every number comes from the manifest.

    kind: of the release, "prompts" or "selfplay". values: what its template needs besides. The text is part of committed
    releases: changing it changes them.
    """
    return render(f"cards/{kind}.md.jinja", manifest=manifest, size=size_category(rows), **values)
