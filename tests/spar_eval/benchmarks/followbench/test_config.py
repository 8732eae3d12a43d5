"""The settings of FollowBench."""

from __future__ import annotations

import pytest

from spar_data.core.config import arguments
from spar_data.core.errors import SparError
from spar_eval.benchmarks.followbench.config import FollowBenchConfig


def test_unknown_values_are_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(SparError, match=r"categories = 'contend' is not known. Did you mean 'content'"):
        FollowBenchConfig(categories=("style", "contend"))
    with pytest.raises(SparError, match="checker = 'offical'"):
        FollowBenchConfig(checker="offical")


def test_options() -> None:
    config = FollowBenchConfig(categories=("style", "format"), rules_only=True, votes=3)
    assert arguments(config) == ["--votes", "3", "--category", "style", "--category", "format", "--rules-only"]
