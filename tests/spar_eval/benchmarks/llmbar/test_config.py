"""The settings of LLMBar."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_eval.benchmarks.llmbar.config import LlmbarConfig


@pytest.mark.parametrize(
    ("mode", "pointwise", "pairwise"), [("both", True, True), ("pointwise", True, False), ("pairwise", False, True)]
)
def test_modes(mode: str, pointwise: bool, pairwise: bool) -> None:
    config = LlmbarConfig(mode=mode)
    assert (config.pointwise, config.pairwise) == (pointwise, pairwise)


def test_limits() -> None:
    with pytest.raises(SparError, match=r"mode = 'pairwize' is not known. Did you mean 'pairwise'"):
        LlmbarConfig(mode="pairwize")
    with pytest.raises(SparError, match="votes = 0: a number of at least 1 is expected"):
        LlmbarConfig(votes=0)
