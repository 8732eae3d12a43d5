"""Tables of cards: every number stands in them, and no text breaks out of a cell."""

from __future__ import annotations

import pytest

from spar_data.release.tables import cell, files_table, funnel_table, size_category


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


def test_cells_hold_one_line_without_bars() -> None:
    assert cell("a | b\n c") == "a \\| b c"


def test_the_funnel_names_the_first_reasons_and_counts_the_others() -> None:
    reasons = [[f"reason | {i}", 10 - i] for i in range(8)]
    step = {"stage": "length", "entered": 1200, "kept": 1150, "dropped": 49, "failed": 1, "reasons": reasons}
    line = funnel_table({"funnel": [step]}).splitlines()[-1]
    assert line.startswith("| length | 1,200 | 1,150 | 49 | 1 | reason \\| 0: 10; ")
    assert "reason \\| 5: 5; 2 more reasons |" in line and "reason \\| 6" not in line


def test_the_files_with_checksums_and_licence() -> None:
    files = {"data/a.parquet": {"rows": 1000, "bytes": 2000, "sha256": "abc"}}
    text = files_table({"files": files, "recipe": {"release": {"license": "mit"}}})
    assert "| data/a.parquet | 1,000 | 2,000 | `abc` |" in text and "Licence: mit." in text
