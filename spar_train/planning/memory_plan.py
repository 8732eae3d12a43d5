"""How much memory and time a training needs, before it starts. Pure functions: arithmetic on sizes.

The parts follow Rajbhandari 2020 (ZeRO, arXiv 1910.02054: weights, gradients, optimizer states) and Korthikanti 2022 (arXiv
2205.05198: activations by layer, recomputation), with the tensors that transformers' dense models really keep for the
backward pass. Not covered: models other than dense decoders, padding (`attention = "padded"` needs more), fragmentation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from spar_train.config import TrainingConfig
from spar_train.planning.devices import Devices
from spar_train.planning.shape import Shape

UTILISATION = 0.4
"""Assumed share of the peak speed. Between 0.3 and 0.5 is usual from a billion parameters on; small models reach less."""
_LOGITS = 2  # arrays of [targets, vocabulary] at the peak: logits and their gradient
_PIECE = 2**24  # numbers in a piece of the log-softmax (training/forward.py), of which two exist in float32


@dataclass(frozen=True)
class Workload:
    """The rows of a training, as numbers.

    stage     "sft" or "dpo".
    rows      dialogues, or pairs, which are two sequences each.
    tokens    mean length of a sequence, prompt included.
    targets   share of the tokens that the loss is on.
    longest   tokens of the longest sequence; 0 if not known: the config's max_length.
    step      tokens of the largest step; 0 if not known: a batch of the longest rows.
    """

    stage: str
    rows: int
    tokens: float
    targets: float = 0.5
    longest: int = 0
    step: int = 0

    @property
    def sequences(self) -> int:
        """Sequences of a row."""
        return 2 if self.stage == "dpo" else 1

    def longest_row(self, config: TrainingConfig) -> int:
        """Tokens of the longest row, which is never cut."""
        return self.sequences * (self.longest or config.max_length)


@dataclass(frozen=True)
class MemoryPart:
    """Bytes of one device. passing: needed only from a forward to its backward pass."""

    name: str
    bytes: float
    passing: bool = False


@dataclass(frozen=True)
class MemoryPlan:
    """The memory of one device at the peak, part by part, and the time of the training.

    seconds: of the training, and of the reference's log-probabilities before it.
    """

    model: str
    parameters: int
    trained: int
    work: Workload
    devices: Devices
    parts: tuple[MemoryPart, ...]
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


def plan_memory(
    shape: Shape, config: TrainingConfig, devices: Devices, work: Workload, model: str = "", utilisation: float = UTILISATION
) -> MemoryPlan:  # fmt: skip
    """The memory and time of a training. model: its name, for the text."""
    trained = shape.lora(config.lora) if config.lora else shape.parameters
    steps = -(-work.rows // config.batch_size)
    epochs = config.max_steps / steps if config.max_steps else config.epochs
    tokens = work.rows * work.sequences * work.tokens * epochs
    flops = tokens * flops_of_token(shape, config, work)
    if work.stage == "dpo":
        flops += work.rows * work.sequences * work.tokens * forward_flops(shape, work)  # the reference's pass
    micro = micro_batch(config, devices, work)
    tflops = devices.tflops if _in_bf16(config, devices) else devices.tflops_fp32
    return MemoryPlan(
        model=model,
        parameters=shape.parameters,
        trained=trained,
        work=work,
        devices=devices,
        parts=tuple(memory_parts(shape, config, devices, micro, work.targets, trained)),
        micro_batch=micro,
        tokens=tokens,
        steps=config.max_steps or math.ceil(steps * config.epochs - 1e-9),
        flops=flops,
        seconds=flops / (1e12 * devices.count * tflops) / utilisation,
        utilisation=utilisation,
    )


def _in_bf16(config: TrainingConfig, devices: Devices) -> bool:
    return config.precision == "bf16" or (config.precision == "auto" and not devices.cpu)


def micro_batch(config: TrainingConfig, devices: Devices, work: Workload) -> int:
    """The most tokens that go through the model at once.

    They are `tokens_per_batch`, or those of a single longer row; but no more than the largest step has, or than a device's
    rows of a step if all are as long as the longest.
    """
    row = work.longest_row(config)
    rows = -(-min(config.batch_size, max(work.rows, 1)) // devices.count)
    return min(max(config.tokens_per_batch, row), work.step or rows * row)


def memory_parts(
    shape: Shape, config: TrainingConfig, devices: Devices, micro: int, targets: float, trained: int
) -> list[MemoryPart]:
    """The bytes of one device, part by part. micro: tokens of a micro-batch.

    Weights, gradients and both moments of AdamW are float32: 16 bytes a trained parameter, divided by the devices where they
    are sharded. A fused step of AdamW needs no more.
    """
    shards = devices.count if devices.sharded else 1
    entry = 2 if _in_bf16(config, devices) else 4  # bytes of a number in the arithmetic
    parts = [
        MemoryPart("weights, float32", 4 * (shape.parameters + (trained if config.lora else 0)) / shards),
        MemoryPart("gradients, float32", 4 * trained / shards),
        MemoryPart("AdamW, two moments", 8 * trained / shards),
    ]
    if devices.count > 1 and not devices.sharded:
        parts.append(MemoryPart("buckets of DDP", 4 * trained))
    if devices.sharded:
        gathered = shape.parameters - shape.layers * shape.layer + 2 * shape.layer
        name = "gathered: two layers, embeddings and head, with gradients"
        parts.append(MemoryPart(name, 2 * entry * gathered, True))
    elif entry == 2:
        copies = 2 * (shape.layers * shape.matrices_of_layer + shape.head)
        parts.append(MemoryPart("bf16 copies of the matrices", copies, True))
    layer = activations(shape, entry) * micro
    if config.gradient_checkpointing:
        inputs = 4 * shape.hidden * micro * shape.layers
        parts.append(MemoryPart("activations: inputs of the layers, and one layer", inputs + layer, True))
    else:
        parts.append(MemoryPart("activations", layer * shape.layers, True))
    predicting = micro * targets
    last = 8 * shape.hidden * micro + entry * shape.hidden * predicting
    last += 8 * min(_PIECE, shape.vocabulary * predicting)
    last += _LOGITS * entry * shape.vocabulary * predicting
    parts.append(MemoryPart("last norm, logits of the targets and their gradient", last, True))
    backward = micro * (3 * entry * shape.intermediate + 8 * shape.hidden)
    parts.append(MemoryPart("a layer's backward pass", backward, True))
    parts.append(MemoryPart("context and libraries", devices.runtime))
    return parts


def activations(shape: Shape, entry: int) -> int:
    """Bytes a token that a layer keeps for its backward pass; attention without a matrix of scores (SDPA, varlen).

    Float32: inputs and normed values of both norms (4 h), a scale each, and the inputs of the matrices. In float32 (entry 4)
    those of query, key and value are one tensor, and so for gate and up; under autocast (entry 2) each has its copy in bf16.
    Then query, key, value as the attention gets them, its output and a number a head; gate, its activation, up, and their
    product. What autograd saves on a CPU is this, to the byte.
    """
    h, heads = shape.hidden, shape.heads * shape.head_dim
    inputs = 5 * h if entry == 2 else 2 * h
    attention = 2 * heads + 2 * shape.kv_heads * shape.head_dim
    return 4 * (4 * h + 2 + shape.heads) + entry * (inputs + attention + 4 * shape.intermediate)


def forward_flops(shape: Shape, work: Workload) -> float:
    """Operations a token of a forward pass.

    2 for each entry of the matrices (Kaplan 2020, arXiv 2001.08361), the head for targets only, and attention to half of the
    sequence: 2 x tokens x width a layer.
    """
    attention = 2 * work.tokens * shape.heads * shape.head_dim * shape.layers
    return 2 * (shape.multiplied + shape.head * work.targets) + attention


def flops_of_token(shape: Shape, config: TrainingConfig, work: Workload) -> float:
    """Operations a token of training: the backward pass costs two forward passes, one if the weights are frozen (LoRA);
    with checkpointing the layers are computed once more."""
    passes = (2.0 if config.lora else 3.0) + (1.0 if config.gradient_checkpointing else 0.0)
    return forward_flops(shape, work) * passes
