"""How responses are sampled."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_data.models import Message, Request
from spar_data.models.sampling import Sampling


def test_the_request_of_a_prompt() -> None:
    assert Sampling().request("p") == Request((Message("user", "p"),), 0.0, 2048)
    messages = (Message("system", "s"), Message("user", "p"))
    assert Sampling(3, 0.9, 0.8, 10, "s").request("p") == Request(messages, 0.9, 10, top_p=0.8, n=3)


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"temperature": 2.1}, {"top_p": 0}, {"max_tokens": 0}])
def test_values_out_of_range(wrong: dict[str, float]) -> None:
    with pytest.raises(SparError, match=next(iter(wrong))):
        Sampling(**wrong)  # type: ignore[arg-type]
