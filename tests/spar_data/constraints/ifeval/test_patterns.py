from __future__ import annotations

import pytest

from spar_data.constraints import ifeval
from spar_data.constraints.ifeval import patterns
from spar_data.constraints.verdict import NOT_CHECKED


def test_a_keyword_that_is_a_catastrophic_pattern_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "SECONDS", 0.2)
    verdict = ifeval.check("keywords:existence", "x" * 3000, {"keywords": ["(x+x+)+y"]})
    assert not verdict.passed
    assert verdict.reason == f"{NOT_CHECKED}'(x+x+)+y' is a regular expression that takes over 0.2 s here"
