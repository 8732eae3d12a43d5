"""How much memory sampling from a model needs, and how fast it is at best."""

from __future__ import annotations

from dataclasses import dataclass

from spar_train.planning.devices import GIB, Devices
from spar_train.planning.shape import Shape


@dataclass(frozen=True)
class SamplingPlan:
    """Memory and speed of sampling.

    weights             bytes of one device.
    cache               bytes of one device for one sequence.
    at_once             sequences that fit at the same time; 0 if not even the weights fit.
    tokens_per_second   upper bound, all sequences together.
    """

    weights: float
    cache: float
    at_once: int
    tokens_per_second: float


def plan_sampling(shape: Shape, devices: Devices, length: int, at_most: int = 256) -> SamplingPlan:
    """Sampling of sequences of `length` tokens, at most `at_most` at once, in bf16 (float32 on a processor).

    Weights and cache are divided among the devices (tensor parallel). Keys and values of a token are 2 x layers x kv_heads x
    head_dim numbers (Kwon 2023, arXiv 2309.06180). vLLM uses 0.9 of the memory. Each step reads all weights and caches once,
    so bandwidth is the limit; 0.6 of its peak is assumed.
    """
    entry = 4 if devices.cpu else 2
    weights = entry * shape.parameters / devices.count
    cache = 2 * entry * shape.layers * shape.kv_heads * shape.head_dim * length / min(devices.count, shape.kv_heads)
    room = 0.9 * devices.memory - weights - devices.runtime - GIB  # and a GiB of activations
    at_once = max(0, min(at_most, int(room // cache)))
    step = (weights + at_once * cache / 2) / (0.6 * devices.bandwidth)  # sequences are half done on average
    return SamplingPlan(weights, cache, at_once, at_once / step)
