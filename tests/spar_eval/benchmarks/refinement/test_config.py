"""The settings of refinement: what follows from the decoding."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_eval.benchmarks.refinement.config import RefinementConfig


@pytest.mark.parametrize(
    ("decoding", "temperature", "guided", "last_text"),
    [
        ("greedy", 0.0, False, True),
        ("iterative", 0.0, True, True),
        ("best-of-n", 0.7, True, False),
        ("bfs", 0.7, True, False),
    ],
)
def test_defaults_follow_the_decoding(decoding: str, temperature: float, guided: bool, last_text: bool) -> None:
    config = RefinementConfig(decoding=decoding)
    assert (config.refiner_temperature, config.guided, config.search.last_text) == (temperature, guided, last_text)
    assert RefinementConfig(decoding=decoding, temperature=0.3).refiner_temperature == 0.3


def test_samples_at_temperature_0_are_refused() -> None:
    with pytest.raises(SparError, match="all samples of dfs the same: more than 0 is expected"):
        RefinementConfig(decoding="dfs", temperature=0)
    assert RefinementConfig(temperature=0).refiner_temperature == 0
