"""Memory and speed of sampling, by hand."""

from __future__ import annotations

from spar_train.planning.devices import GIB, GPUS
from spar_train.planning.sampling_plan import plan_sampling
from spar_train.planning.shape import SIZES


def test_generation_by_hand() -> None:
    """Llama-3-8B: 2 x 2 bytes x 32 layers x 8 x 128 = 131,072 bytes a token; 2,048 tokens are 256 MiB."""
    found = plan_sampling(SIZES["llama-3-8b"], GPUS["h100"], 2048)
    assert (found.weights, found.cache) == (2 * 8_030_261_248, 256 * 2**20)
    assert found.at_once == int((0.9 * 79.2 * GIB - found.weights - 2 * GIB) // found.cache)
    assert plan_sampling(SIZES["llama-3-70b"], GPUS["h100"], 2048).at_once == 0
