"""The config of a loop: derived values, and the way to JSON and back."""

from __future__ import annotations

import dataclasses
import json

import pytest
from loop_commands import SPAR

from spar_data.core.config import structure
from spar_data.core.errors import SparError
from spar_train.loop.config import LoopConfig


def test_the_way_to_json_and_back() -> None:
    assert structure(LoopConfig, json.loads(json.dumps(dataclasses.asdict(SPAR))), "") == SPAR


def test_the_refiner_is_the_model_among_the_refiners() -> None:
    assert dataclasses.replace(SPAR, refiners=("rules", "hf:m")).refiner == "hf:m"
    assert dataclasses.replace(SPAR, refiners=("rules",)).refiner == ""


@pytest.mark.parametrize(
    ("changes", "only_checkable"),
    [
        ({}, True),
        ({"judge": "hf:m"}, False),
        ({"judge": "", "refiners": ("rules",)}, True),
        ({"judge": ""}, False),
        ({"recipe": "self-rewarding"}, False),
    ],
)
def test_checkers_as_the_only_judge_need_checkable_prompts(changes: dict[str, object], only_checkable: bool) -> None:
    assert dataclasses.replace(SPAR, **changes).only_checkable is only_checkable  # type: ignore[arg-type]


def test_values_outside_their_limits_are_refused() -> None:
    with pytest.raises(SparError, match="iterations = 0"):
        dataclasses.replace(SPAR, iterations=0)
    with pytest.raises(SparError, match="engine = 'tgi' is not known"):
        dataclasses.replace(SPAR, engine="tgi")
