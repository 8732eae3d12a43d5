"""Costs at list prices."""

from __future__ import annotations

from pathlib import Path

import pytest

from spar_data.core.errors import SparError
from spar_data.models.spending.prices import cost


def test_prices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cost("gpt-4o-mini-2024-07-18", 2_000_000, 1_000_000) == pytest.approx(0.9)
    assert cost("some-local-model", 10, 10) is None
    own = tmp_path / "p.toml"
    own.write_text('["some-local-model"]\ninput = 1\noutput = 2\n')
    monkeypatch.setenv("SPAR_PRICES", str(own))
    assert cost("some-local-model", 1_000_000, 1_000_000) == 3
    own.write_text('["some-local-model"]\ninput = 1\n\n')
    with pytest.raises(SparError, match=r"p\.toml"):
        cost("some-local-model", 1, 1)
