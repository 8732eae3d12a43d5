"""A model on its processes: what accelerate makes of it, and passes of rows through it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from spar_data.core.errors import SparError, missing_package
from spar_data.core.ids import rng
from spar_train.config import TrainingConfig
from spar_train.data.prepare import lengths, sequences
from spar_train.training.batches import micro_batches
from spar_train.training.forward import PADDED, Batch, batch, sequence_logprobs, token_logprobs

Tensor = Any  # torch.Tensor: its package is not read by the type checker


@dataclass
class Run:
    """model and optimizer are prepared by accelerate. attention: of batches (padding-free or padded). half: bf16."""

    accelerator: Any
    model: Any
    optimizer: Any
    config: TrainingConfig
    attention: str
    pad_id: int
    half: bool

    @property
    def kind(self) -> str:
        """NO, MULTI_GPU, MULTI_CPU, FSDP, DEEPSPEED, ..."""
        return str(self.accelerator.distributed_type.value)

    def shares(self, rows: Sequence[int], sizes: Sequence[int]) -> list[list[list[int]]]:
        """[process][k]: the micro-batches of a step."""
        processes = self.accelerator.num_processes
        return micro_batches(rows, sizes, self.config.tokens_per_batch, processes, self.attention == PADDED)

    def sizes(self, rows: Sequence[Any]) -> list[int]:
        return lengths(rows, self.attention == PADDED)

    def logprobs(self, rows: Sequence[Any]) -> tuple[Tensor, Batch]:
        """Log-probabilities of the target tokens of rows [M], with their batch: a pair is two of its sequences."""
        import torch

        device = self.accelerator.device
        made = batch(sequences(rows), self.attention, device, self.pad_id)
        # FSDP and ZeRO have a number format of their own
        autocast = self.half and self.kind not in ("FSDP", "DEEPSPEED")
        with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
            return token_logprobs(self.model, made), made

    def measure(self, rows: Sequence[Any]) -> tuple[Tensor, Tensor]:
        """Log-probability and target tokens of every sequence of rows, on every process: two [n, 1], of pairs [n, 2].
        Nothing of the training changes."""
        import torch

        sides = len(sequences(rows[:1]))
        found = torch.zeros(2, len(rows), sides, device=self.accelerator.device)
        sizes = self.sizes(rows)
        training = self.model.training
        self.model.eval()
        with torch.no_grad():
            for group in self.shares(range(len(rows)), sizes)[self.accelerator.process_index]:
                logps, made = self.logprobs([rows[i] for i in group or [shortest(range(len(rows)), sizes)]])
                if group:
                    found[0, group] = sequence_logprobs(logps, made).view(-1, sides)
                    found[1, group] = made.sizes.view(-1, sides).float()
        self.model.train(training)
        found = self.accelerator.reduce(found)
        return found[0], found[1]

    @contextlib.contextmanager
    def exchange(self, last: bool) -> Iterator[None]:
        """DDP adds up gradients over processes with the last micro-batch only. FSDP and ZeRO do it with each: one process
        has no room for all gradients."""
        with contextlib.nullcontext() if last or self.kind == "FSDP" else self.accelerator.no_sync(self.model):
            yield

    def seed(self, step: int) -> None:
        """Random numbers of a step (dropout) depend on nothing but seed, step and process."""
        import torch

        torch.manual_seed(rng(self.config.seed, "step", str(step), str(self.accelerator.process_index)).getrandbits(63))


def shortest(rows: Sequence[int], sizes: Sequence[int]) -> int:
    """The cheapest row."""
    return min(rows, key=lambda row: (sizes[row], row))


def accelerator(config: TrainingConfig) -> tuple[Any, bool]:
    """accelerate's, as its launcher set it up, and whether to compute in bf16. Raises SparError."""
    try:
        import torch
        from accelerate import Accelerator
    except ImportError as error:
        raise missing_package(error.name or "accelerate", "train", "Training") from None
    zero = os.environ.get("ACCELERATE_USE_DEEPSPEED", "").lower() == "true"
    cuda = torch.cuda.is_available() and os.environ.get("ACCELERATE_USE_CPU", "").lower() not in ("true", "1", "yes")
    half = config.precision == "bf16" or (config.precision == "auto" and cuda)
    # "no": accelerate's autocast would make a float32 copy of all logits
    made = Accelerator(mixed_precision="bf16" if zero and half else "no")
    if made.distributed_type.value == "FSDP":
        plugin = made.state.fsdp_plugin
        if plugin.fsdp_version != 2:
            raise SparError("FSDP version 1: fsdp_version: 2 is expected (`spar-train config fsdp` names a file)")
        if half:
            from torch.distributed.fsdp import MixedPrecisionPolicy

            plugin.mixed_precision_policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    elif zero:
        own = made.state.deepspeed_plugin.deepspeed_config
        own.update(train_micro_batch_size_per_gpu=1, gradient_accumulation_steps=1, train_batch_size=made.num_processes)
        own["gradient_clipping"] = config.max_grad_norm
    return made, half


def optimizer(model: Any, config: TrainingConfig, fused: bool) -> Any:
    """AdamW; weight decay on matrices only."""
    import torch

    trained = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in trained if len(getattr(p, "ds_shape", p.shape)) > 1]
    others = [p for p in trained if len(getattr(p, "ds_shape", p.shape)) <= 1]
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=config.learning_rate, fused=fused or None)
