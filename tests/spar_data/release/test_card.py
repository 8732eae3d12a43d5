"""Cards: every number stands in their tables, and no text breaks out of a cell."""

from __future__ import annotations

import pytest

from spar_data.core.templates import render
from spar_data.release.card import size_category


@pytest.mark.parametrize(
    ("rows", "tag"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (99_999, "10K<n<100K"),
        (100_000, "100K<n<1M"),
        (1_000_000, "n>1M"),
    ],
)
def test_size_category(rows: int, tag: str) -> None:
    assert size_category(rows) == tag


def test_the_funnel_names_the_first_reasons_and_counts_the_others() -> None:
    reasons = [[f"reason | {i}", 10 - i] for i in range(8)]
    step = {"stage": "length", "entered": 1200, "kept": 1150, "dropped": 49, "failed": 1, "reasons": reasons}
    line = render("cards/funnel.md.jinja", manifest={"funnel": [step]}).splitlines()[-1]
    assert line.startswith("| length | 1,200 | 1,150 | 49 | 1 | reason \\| 0: 10; ")
    assert "reason \\| 5: 5; 2 more reasons |" in line and "reason \\| 6" not in line


def test_the_files_with_checksums_and_licence() -> None:
    files = {"data/a.parquet": {"rows": 1000, "bytes": 2000, "sha256": "abc"}}
    manifest = {"files": files, "recipe": {"release": {"license": "mit"}}}
    text = render("cards/files.md.jinja", manifest=manifest)
    assert "| data/a.parquet | 1,000 | 2,000 | `abc` |" in text and "Licence: mit." in text
