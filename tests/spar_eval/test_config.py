"""How the responses under test are got."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_eval.config import ResponseConfig


def test_request() -> None:
    request = ResponseConfig(samples=3, temperature=0.5, max_tokens=9, system="Be brief.").request("Hello?")
    assert [(message.role, message.content) for message in request.messages] == [
        ("system", "Be brief."),
        ("user", "Hello?"),
    ]
    assert (request.n, request.temperature, request.max_tokens) == (3, 0.5, 9)


def test_several_samples_need_a_temperature() -> None:
    with pytest.raises(SparError, match="a temperature is expected beside it"):
        ResponseConfig(samples=2)
