from __future__ import annotations

import pytest

from spar_data.constraints import ifbench
from spar_data.constraints.ifbench import tagger


def test_without_the_tagger_nothing_passes_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagger, "_load", lambda: None)
    verdict = ifbench.check("words:start_verb", "Consider the options.", {})
    assert verdict == (False, f"not checked: NLTK's {tagger.NAME} is not installed")
