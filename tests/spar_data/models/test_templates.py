"""Values in templates."""

from __future__ import annotations

import pytest

from spar_data.models.templates import fill


def test_fill_leaves_values_alone() -> None:
    assert fill("{a}|{b}|{ }|{{c}}", a="{b}", b="{0} {a} %s \\1", c="x") == "{b}|{0} {a} %s \\1|{ }|{x}"
    with pytest.raises(KeyError):
        fill("{a} {b}", a="x")
    with pytest.raises(ValueError, match="no slot for b"):
        fill("{a}", a="x", b="y")
