"""Tables of the commands: numbers, reasons and markup."""

from __future__ import annotations

import pytest

from spar_data.cli.tables import print_columns, print_funnel
from spar_data.prompts.ledger import StageCount


def test_the_funnel_counts_further_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    reasons = [("[bold]odd", 9), ("b", 2), ("c", 1), ("d", 1)]
    print_funnel([StageCount("length", 1500, 1487, 13, 0, reasons)], reasons=2)
    out = capsys.readouterr().out
    assert "1,500" in out and "1,487" in out and "[bold]odd: 9; b: 2; 2 more" in out


def test_columns_stand_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    print_columns(["spar", "direct"], [("pairs", ["10", "12"]), ("length", ["5.0", "6.5"])])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["spar", "direct"] and lines[2].split() == ["length", "5.0", "6.5"]
