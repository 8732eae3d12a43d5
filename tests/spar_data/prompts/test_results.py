"""Results print their counts and become frames."""

from __future__ import annotations

from spar_data.core.ids import row_id
from spar_data.core.records import Prompt
from spar_data.prompts.results import Drop, PromptResult


def test_repr_and_frame() -> None:
    drops = [Drop("b", "length", "too short (tokens)", 2.0), Drop("c", "duplicate", "duplicate", cause="a")]
    result = PromptResult([Prompt("1", "a")], [*drops, drops[1]], [Drop("d", "evolve", "refused")])
    expected = "PromptResult(1 kept, 3 dropped, 1 failed: 2 'duplicate', 1 'too short (tokens)', 1 'refused')"
    assert repr(result) == expected
    frame = result.to_polars()
    assert frame["status"].to_list() == ["kept", "dropped", "dropped", "dropped", "failed"]
    assert frame.row(2) == (row_id("c"), "c", "dropped", "duplicate", "duplicate", None, "a")
    assert repr(PromptResult([], [], [])) == "PromptResult(0 kept, 0 dropped)"
    assert PromptResult([], [], []).to_polars().columns == frame.columns
