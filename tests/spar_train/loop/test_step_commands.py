"""Options of steps: faulty texts are named."""

from __future__ import annotations

import dataclasses

import pytest
from loop_commands import SPAR

from spar_data.core.errors import SparError
from spar_train.loop.steps import loop_steps


@pytest.mark.parametrize("text", ["samples=3", "selfplay.samples", "play.samples=3", "selfplay.=3"])
def test_a_set_that_is_none(text: str) -> None:
    with pytest.raises(SparError, match=r"STEP\.OPTION=VALUE is expected"):
        loop_steps(dataclasses.replace(SPAR, overrides=(text,)))
