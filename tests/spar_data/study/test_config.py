"""The settings of `spar-data study interference`."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_data.study.config import StudyConfig


@pytest.mark.parametrize(("text", "span"), [("2", (2, 2)), ("3-20", (3, 20)), ("1-1", (1, 1))])
def test_ranges(text: str, span: tuple[int, int]) -> None:
    assert StudyConfig(counts=text).span("counts") == span


@pytest.mark.parametrize("text", ["many", "3-", "-3", "3-2", "0-4", ""])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(SparError, match="counts = "):
        StudyConfig(counts=text).span("counts")
