"""Results in memory: how they print, and their rows."""

from __future__ import annotations

import pytest

from spar_data.core.intervals import Estimate
from spar_eval.results import Check, Item, Result


def _item(name: str, *verdicts: bool | None) -> Item:
    checks = tuple(Check("a", {"strict": verdict}, f"reason {at}") for at, verdict in enumerate(verdicts))
    return Item(name, "Say hello.", "Hello", checks, group="short")


RESULT = Result(
    "ifeval", "my-model", "ifeval|n:3", (Estimate("prompt-strict", 1 / 3, 3, 0.1, 0.8, 0.2, "Wilson"),),
    (_item("1", True, True), _item("2", True, False), _item("3", True, None)),
)  # fmt: skip


def test_repr() -> None:
    assert repr(RESULT).splitlines() == [
        "Result of ifeval: my-model, 3 items",
        "  prompt-strict: 33.33% [10.00, 80.00], n = 3 (Wilson)",
        "  ifeval|n:3",
    ]
    assert str(Estimate.without_interval("mean", 2.5, 4, "none", unit="")) == "mean: 2.50, n = 4 (none)"


@pytest.mark.parametrize(
    ("verdicts", "passed"),
    [((True, True), True), ((True, False), False), ((None, False), False), ((True, None), None), ((), None)],
)
def test_an_item_passes_if_all_of_its_checks_do(verdicts: tuple[bool | None, ...], passed: bool | None) -> None:
    assert _item("1", *verdicts).passed("strict") is passed
    assert _item("1", *verdicts).passed("loose") is None


def test_one_row_an_item() -> None:
    frame = RESULT.to_polars()
    assert frame["id"].to_list() == ["1", "2", "3"] and frame["strict"].to_list() == [True, False, None]
    assert frame["reasons"].to_list()[0] == ["reason 0", "reason 1"] and frame["group"].unique().to_list() == ["short"]


def test_score_by_name() -> None:
    assert RESULT.score("prompt-strict").n == 3
    with pytest.raises(KeyError, match="prompt-loose"):
        RESULT.score("prompt-loose")
