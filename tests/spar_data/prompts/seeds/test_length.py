"""The length filter is exact at its bounds."""

from __future__ import annotations

import pytest
from source_rows import source_rows

from spar_data.core.errors import SparError
from spar_data.prompts.seeds.length import LengthConfig, filter_length


def test_length_bounds_are_included() -> None:
    config = LengthConfig(min_chars=10, max_chars=30, min_tokens=3, max_tokens=6)
    prompts = [
        "too short",
        "a b c d e ",
        "1234567890",
        "one two three four five six",
        "a b c d e f g h",
        "x" * 31,
        "写一首诗吧",
    ]
    verdicts = filter_length(source_rows(prompts), config)
    assert verdicts["reason"].to_list() == [
        "too short (characters)", None, "too short (tokens)", None, "too long (tokens)", "too long (characters)", None,
    ]  # fmt: skip
    assert verdicts["score"].to_list()[0] == 9 and verdicts["score"].to_list()[4] == 8


def test_impossible_bounds_name_the_key() -> None:
    with pytest.raises(SparError, match=r"^min_chars = 50, max_chars = 10"):
        LengthConfig(min_chars=50, max_chars=10)
