"""The settings of `spar-data sft`."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_data.sft.config import SftConfig


def test_settings_as_run_folders_hold_them() -> None:
    assert SftConfig(actor_prompts=3, samples=2, seed=5).settings() == {
        "split": {"actor": 3, "judge": 2500, "refine": 2500, "held_out": 200, "seed": 5},
        "gates": {"least_similarity": 0.3, "keep_failing": False},
        "sampling": {"samples": 2, "temperature": 0.9, "top_p": 0.9, "max_tokens": 2048, "system": ""},
        "refine_per_prompt": 1,
    }


def test_impossible_settings() -> None:
    with pytest.raises(SparError, match="all sets are empty"):
        SftConfig(0, 0, 0)
    with pytest.raises(SparError, match="least_similarity = 2"):
        SftConfig(least_similarity=2)
