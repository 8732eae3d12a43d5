"""SFT rows of the actor from its own passing responses."""

from __future__ import annotations

import pytest
from stored_rows import sample, votes, world

from spar_data.core.ids import row_id
from spar_data.selfplay.pairs.pair_set import StoredRows
from spar_data.selfplay.pairs.recipes.rft import RftConfig, rft
from spar_data.selfplay.records import Dialogue


def _turns(row: Dialogue) -> list[tuple[str, str]]:
    return [(m.role, m.content) for m in row.messages]


def test_actor_rows_are_the_responses_judged_yes() -> None:
    samples, _ = world()
    cut = rft(StoredRows(samples), RftConfig())
    assert sorted(_turns(d)[1][1] for d in cut.dialogues) == ["a bee again", "bee", "one bee"]
    assert all(d.kind == "actor" for d in cut.dialogues)
    assert {d.prompt_id: _turns(d)[0][1] for d in cut.dialogues} == {row_id(p): p for p in ("p1", "p2", "p3")}
    assert cut.excluded["prompt", "no Yes"] == 1 and cut.excluded["response", "judged tie"] == 1


@pytest.mark.parametrize(("most", "expected"), [(0, {"a", "b", "c"}), (1, {"b"}), (2, {"b", "a"})])
def test_actor_rows_keep_the_surest_ones(most: int, expected: set[str]) -> None:
    rows = [("a", votes(4, 1)), ("b", votes(5, 0)), ("c", votes(3, 2)), ("b ", votes(5, 0)), ("d", votes(2, 3))]
    samples = [sample("p", i, text, voted) for i, (text, voted) in enumerate(rows)]
    cut = rft(StoredRows(samples), RftConfig(per_prompt=most))
    assert {d.messages[-1].content for d in cut.dialogues} == expected
