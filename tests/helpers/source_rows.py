"""Rows as the filters get them."""

from __future__ import annotations

import polars as pl

from spar_data.core.ids import row_id


def source_rows(prompts: list[str], languages: list[str | None] | None = None) -> pl.DataFrame:
    """The rows of a `RowBatch`."""
    return pl.DataFrame(
        {
            "id": [row_id(p) for p in prompts],
            "prompt": prompts,
            "language": languages or [None] * len(prompts),
            "source": ["s"] * len(prompts),
            "row": list(range(1, len(prompts) + 1)),
        },
        schema_overrides={"language": pl.String},
    )
