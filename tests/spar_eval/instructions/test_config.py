"""Configs of evaluations: values that no evaluation can have are refused where the config is made."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from spar_data.core.errors import SparError
from spar_eval.instructions.config import ORDERS, InstructionConfig


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"temperature": 2.5}, "temperature = 2.5: a number from 0 to 2"),
        ({"samples": 2}, "--samples 2 at temperature 0 gives the same response 2 times"),
        ({"refine": "bsf"}, "refine = 'bsf' is not known. Did you mean 'bfs'"),
        ({"checker": "mended"}, "checker = 'mended' is not known"),
        ({"workers": 0}, "workers = 0: a number of at least 1"),
    ],
)
def test_limits(values: Mapping[str, object], message: str) -> None:
    with pytest.raises(SparError, match=message):
        InstructionConfig(**values)  # type: ignore[arg-type]


def test_defaults_are_greedy_and_unrefined() -> None:
    config = InstructionConfig()
    assert (config.samples, config.temperature, config.max_tokens, config.refine) == (1, 0.0, 2048, None)
    assert all(InstructionConfig(refine=order).refine == order for order in ORDERS)
