"""How much memory and time a training needs, before it starts. Pure functions: arithmetic on sizes.

The parts follow Rajbhandari 2020 (ZeRO, arXiv 1910.02054: weights, gradients, optimizer states) and Korthikanti 2022 (arXiv
2205.05198: activations by layer, recomputation), with the tensors that transformers' dense models really keep for the
backward pass. Not covered: models other than dense decoders, padding (`attention = "padded"` needs more), fragments.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spar_train.planning.devices import GIB, Devices
from spar_train.planning.shape import Shape

if TYPE_CHECKING:
    from spar_train.config import TrainingConfig

UTILISATION = 0.4
"""Share of the peak that training is reckoned with. Between 0.3 and 0.5 is usual from a billion parameters on; small models
reach less."""
LOGITS = 2
"""Arrays of [targets, vocabulary] at the peak: logits and their gradient."""
_PIECE = 2**24
"""Numbers of a piece of the log-softmax (forward.py), of which two are there in float32."""


@dataclass(frozen=True)
class Work:
    """What is trained on. stage: "sft" or "dpo". rows: dialogues, or pairs, which are two sequences each. tokens: of a
    sequence, on average, prompt included. targets: the share of them that the loss is on. longest: tokens of the longest
    sequence, step: of the largest step; 0 if not known: config.max_length, and as many rows of that length."""

    stage: str
    rows: int
    tokens: float
    targets: float = 0.5
    longest: int = 0
    step: int = 0

    @property
    def sequences(self) -> int:
        return 2 if self.stage == "dpo" else 1


@dataclass(frozen=True)
class Part:
    """Bytes of one device. passing: only from a forward to its backward pass."""

    name: str
    bytes: float
    passing: bool = False


@dataclass(frozen=True)
class Plan:
    """bytes: what one device needs at the peak. seconds: of training, and of the reference's log-probs before it."""

    model: str
    parameters: int
    trained: int
    work: Work
    devices: Devices
    parts: tuple[Part, ...]
    micro_batch: int
    tokens: float
    steps: int
    flops: float
    seconds: float
    utilisation: float

    @property
    def bytes(self) -> float:
        return sum(part.bytes for part in self.parts)

    @property
    def fits(self) -> bool:
        return self.bytes <= self.devices.usable

    def text(self) -> str:
        from spar_train.planning.text import text

        return text(self)


def estimate(
    model: Shape, config: TrainingConfig, devices: Devices, work: Work, name: str = "", utilisation: float = UTILISATION
) -> Plan:
    """The plan of a training. name: of the model, for the text."""
    trained = model.lora(config.lora) if config.lora else model.parameters
    steps = -(-work.rows // config.batch_size)
    epochs = config.max_steps / steps if config.max_steps else config.epochs
    tokens = work.rows * work.sequences * work.tokens * epochs
    flops = tokens * flops_of_token(model, config, work)
    if work.stage == "dpo":
        flops += work.rows * work.sequences * work.tokens * forward_flops(model, work)  # the reference's pass
    micro = micro_batch(config, devices, work)
    return Plan(
        model=name,
        parameters=model.parameters,
        trained=trained,
        work=work,
        devices=devices,
        parts=tuple(memory(model, config, devices, micro, work.targets, trained)),
        micro_batch=micro,
        tokens=tokens,
        steps=config.max_steps or math.ceil(steps * config.epochs - 1e-9),
        flops=flops,
        seconds=flops / speed(config, devices) / utilisation,
        utilisation=utilisation,
    )


def half(config: TrainingConfig, devices: Devices) -> bool:
    """Is the arithmetic in bf16? "auto" is that on GPUs, float32 on a processor."""
    return config.precision == "bf16" or (config.precision == "auto" and not devices.cpu)


def speed(config: TrainingConfig, devices: Devices) -> float:
    """Peak operations a second of all devices together."""
    return 1e12 * devices.count * (devices.tflops if half(config, devices) else devices.tflops_fp32)


def micro_batch(config: TrainingConfig, devices: Devices, work: Work) -> int:
    """Tokens that go through the model at once, at most: `tokens_per_batch`, or one row that is longer; not more than a step
    has, or a device's rows of it if each is as long as the longest."""
    row = work.sequences * (work.longest or config.max_length)
    rows = -(-min(config.batch_size, max(work.rows, 1)) // devices.count)
    return min(max(config.tokens_per_batch, row), work.step or rows * row)


def memory(
    model: Shape, config: TrainingConfig, devices: Devices, micro: int, targets: float, trained: int
) -> list[Part]:
    """Part by part, bytes of one device. The weights are float32, and so are gradients and both moments of AdamW: 16 bytes
    for a parameter that is trained, divided by the devices where they are sharded. A fused step of AdamW needs no more. micro: tokens of a micro-batch."""
    shards = devices.count if devices.sharded else 1
    entry = 2 if half(config, devices) else 4  # bytes of a number in the arithmetic
    parts = [
        Part("weights, float32", 4 * (model.parameters + (trained if config.lora else 0)) / shards),
        Part("gradients, float32", 4 * trained / shards),
        Part("AdamW, two moments", 8 * trained / shards),
    ]
    if devices.count > 1 and not devices.sharded:
        parts.append(Part("buckets of DDP", 4 * trained))
    if devices.sharded:
        gathered = model.parameters - model.layers * model.layer + 2 * model.layer
        parts.append(Part("gathered: two layers, embeddings and head, with gradients", 2 * entry * gathered, True))
    elif entry == 2:
        parts.append(
            Part("bf16 copies of the matrices", 2 * (model.layers * model.matrices_of_layer + model.head), True)
        )
    one = activations(model, entry) * micro
    if config.gradient_checkpointing:
        kept = 4 * model.hidden * micro * model.layers
        parts.append(Part("activations: inputs of the layers, and one layer", kept + one, True))
    else:
        parts.append(Part("activations", one * model.layers, True))
    predicting = micro * targets
    last = 8 * model.hidden * micro + entry * model.hidden * predicting
    last += 8 * min(_PIECE, model.vocabulary * predicting)
    parts.append(Part("last norm, logits of the targets and their gradient",
                      last + LOGITS * entry * model.vocabulary * predicting, True))  # fmt: skip
    parts.append(Part("a layer's backward pass", micro * (3 * entry * model.intermediate + 8 * model.hidden), True))
    parts.append(Part("context and libraries", devices.runtime))
    return parts


def activations(model: Shape, entry: int) -> int:
    """Bytes a token that a layer keeps for its backward pass, attention without a matrix of scores (SDPA, varlen).

    Float32: inputs and normed values of both norms (4 h), a scale each, and the inputs of the matrices. In float32 (entry 4)
    those of query, key and value are one tensor, and so for gate and up; under autocast (entry 2) each has its copy in bf16.
    Then query, key, value as the attention gets them, its output and a number a head; gate, its activation, up, and their
    product. What autograd saves on a CPU is this, to the byte.
    """
    h, heads = model.hidden, model.heads * model.head_dim
    inputs = 5 * h if entry == 2 else 2 * h
    attention = 2 * heads + 2 * model.kv_heads * model.head_dim
    return 4 * (4 * h + 2 + model.heads) + entry * (inputs + attention + 4 * model.intermediate)


def forward_flops(model: Shape, work: Work) -> float:
    """Operations for a token of a forward pass: 2 for each entry of the matrices (Kaplan 2020, arXiv 2001.08361), the head for
    targets only, and attention to half of the sequence, 2 x tokens x width a layer."""
    attention = 2 * work.tokens * model.heads * model.head_dim * model.layers
    return 2 * (model.multiplied + model.head * work.targets) + attention


def flops_of_token(model: Shape, config: TrainingConfig, work: Work) -> float:
    """Operations for a token of training: the backward pass takes two forward passes, one if the weights are frozen (LoRA);
    with checkpointing the layers are computed once more."""
    passes = (2.0 if config.lora else 3.0) + (1.0 if config.gradient_checkpointing else 0.0)
    return forward_flops(model, work) * passes


@dataclass(frozen=True)
class Generation:
    """Sampling from the model. weights, cache: bytes of a device; the cache is of one sequence. at_once: sequences that
    fit. tokens_per_second: at most, all sequences together."""

    weights: float
    cache: float
    at_once: int
    tokens_per_second: float


def generation(model: Shape, devices: Devices, length: int, at_most: int = 256) -> Generation:
    """How sampling fits, weights and cache divided among the devices (tensor parallel), bf16, float32 on a processor.

    Keys and values of a token: 2 x layers x kv_heads x head_dim numbers (Kwon 2023, arXiv 2309.06180). vLLM takes 0.9 of the
    memory. A step reads all weights and caches once, so that bandwidth limits it; 0.6 of the peak is reckoned with.
    """
    entry = 4 if devices.cpu else 2
    weights = entry * model.parameters / devices.count
    cache = 2 * entry * model.layers * model.kv_heads * model.head_dim * length / min(devices.count, model.kv_heads)
    room = 0.9 * devices.memory - weights - devices.runtime - GIB  # and a GiB of activations
    at_once = max(0, min(at_most, int(room // cache)))
    step = (weights + at_once * cache / 2) / (0.6 * devices.bandwidth)  # sequences are half done on average
    return Generation(weights, cache, at_once, at_once / step)
