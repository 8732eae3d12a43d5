"""Rows in every shape that datasets come in, and what is wrong with the others."""

from __future__ import annotations

from typing import Any

import pytest
from source_rows import BAD, SHAPES

from spar_data.sources.row_shapes import BadRow, prompt_of


@pytest.mark.parametrize(("row", "prompt", "language"), SHAPES)
def test_shapes(row: dict[str, Any], prompt: str, language: str | None) -> None:
    assert prompt_of(row) == (prompt, language)


@pytest.mark.parametrize(("row", "reason"), BAD)
def test_bad_rows_say_what_is_wrong(row: Any, reason: str) -> None:
    with pytest.raises(BadRow, match=reason):
        prompt_of(row)
