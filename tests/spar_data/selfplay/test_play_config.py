"""The config of self-play: what it builds, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from spar_data.core.config import arguments
from spar_data.core.errors import SparError
from spar_data.models import FunctionModel
from spar_data.selfplay.play_config import PlayConfig


def test_the_parts_follow_the_values() -> None:
    config = PlayConfig(
        "smollm2", ("smollm2", "rules"), samples=3, max_tokens=64, votes=7, tie_rounds=1, search="best-of-n", branch=4, seed=9,
    )  # fmt: skip
    assert (config.negatives.sampling.samples, config.negatives.sampling.temperature, config.negatives.seed) == (
        3,
        0.9,
        9,
    )
    assert (config.judging.model, config.judging.rule.votes, config.judging.max_tokens) == ("smollm2", 7, 64)
    assert config.refining.rules_first and config.refining.varies and config.refining.max_tokens == 3072
    assert (config.tree.order, config.tree.samples, config.tree.children, config.tree.rounds) == ("best-of-n", 4, 4, 2)
    assert PlayConfig("smollm2", ("rules",)).judging.model is None
    model = FunctionModel(lambda request: "x")
    assert PlayConfig(model, (model,)).judging.model is model


def test_the_command_line_of_a_config() -> None:
    words = arguments(PlayConfig("smollm2", ("smollm2", "rules"), checkers="also", no_search=True))
    assert words == [
        "--actor",
        "smollm2",
        "--refiner",
        "smollm2",
        "--refiner",
        "rules",
        "--checkers",
        "also",
        "--no-search",
    ]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"actor": "rules"}, "rules cannot respond"),
        ({"refiner": ("rules", "rules")}, "refiner rules, rules: a model, rules, or one of each"),
        ({"refiner": ()}, "refiner missing"),
        ({"refiner": ("rules",), "checkers": "also"}, "the checkers are the judge already"),
        ({"judge": "rules", "checkers": "veto"}, "the checkers are the judge already"),
        ({"min_valid": 6}, "min_valid = 6, but there are 5 votes"),
        ({"refiner": ("smollm2", "rules"), "search": "greedy"}, "the order greedy makes one child"),
        ({"refiner": ("smollm2", "rules"), "branch": 1}, "makes one child"),
        ({"search": "depth"}, "search = 'depth' is not known"),
        ({"samples": 0}, "samples = 0"),
    ],
)
def test_what_cannot_be_combined(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SparError, match=message):
        PlayConfig(**{"actor": "smollm2", "refiner": ("smollm2",), **values})
    if "one child" in message:
        assert PlayConfig(**{"actor": "smollm2", **values}, no_search=True)


def test_whether_constraints_are_needed() -> None:
    assert not PlayConfig("smollm2", ("smollm2",)).needs_constraints
    for values in ({"judge": "rules"}, {"checkers": "also"}, {"refiner": ("smollm2", "rules")}):
        assert PlayConfig(**{"actor": "smollm2", "refiner": ("smollm2",), **values}).needs_constraints  # type: ignore[arg-type]
