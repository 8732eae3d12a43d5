"""A model on one or several processes: what accelerate makes of it, and passes of rows through it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spar_data.core.errors import SparError, importing
from spar_data.core.ids import rng
from spar_train.config import TrainingConfig
from spar_train.data.training_rows import AnyExample, lengths, sequences
from spar_train.training.batches import micro_batches
from spar_train.training.forward import PADDED, Batch, make_batch, sequence_logprobs, token_logprobs

if TYPE_CHECKING:
    from accelerate import Accelerator
    from torch import Tensor
    from torch.nn import Module
    from torch.optim import Optimizer


@dataclass
class ProcessRun:
    """A training on this process; accelerate prepared model and optimizer.

    attention: of batches, padding-free or padded. bf16: whether the arithmetic is in bf16.
    """

    accelerator: Accelerator
    model: Module
    optimizer: Optimizer
    config: TrainingConfig
    attention: str
    pad_id: int
    bf16: bool

    @property
    def kind(self) -> str:
        """NO, MULTI_GPU, MULTI_CPU, FSDP, DEEPSPEED, ..."""
        return str(self.accelerator.distributed_type.value)

    @property
    def sharded(self) -> bool:
        """Whether each process holds only a part of the weights."""
        return self.kind in ("FSDP", "DEEPSPEED")

    def shares(self, rows: Sequence[int], sizes: Sequence[int]) -> list[list[list[int]]]:
        """[process][k]: the micro-batches of a step, as row numbers."""
        processes = self.accelerator.num_processes
        return micro_batches(rows, sizes, self.config.tokens_per_batch, processes, self.attention == PADDED)

    def sizes(self, examples: Sequence[AnyExample]) -> list[int]:
        """Tokens of each example, padding between the sides of a pair included."""
        return lengths(examples, self.attention == PADDED)

    def logprobs(self, examples: Sequence[AnyExample]) -> tuple[Tensor, Batch]:
        """Log-probabilities of the target tokens [M], with their batch. A pair is two of its sequences."""
        import torch

        device = self.accelerator.device
        batch = make_batch(sequences(examples), self.attention, device, self.pad_id)
        # FSDP and ZeRO set the number format themselves
        with torch.autocast(device.type, torch.bfloat16, enabled=self.bf16 and not self.sharded):
            return token_logprobs(self.model, batch), batch

    def measure(self, examples: Sequence[AnyExample]) -> tuple[Tensor, Tensor]:
        """Log-probability and number of target tokens of every sequence: two [n, 1], for pairs [n, 2].

        Every process gets all of them. The state of the training does not change.
        """
        import torch

        sides = len(sequences(examples[:1]))
        totals = torch.zeros(2, len(examples), sides, device=self.accelerator.device)
        sizes = self.sizes(examples)
        training = self.model.training
        self.model.eval()
        with torch.no_grad():
            for group in self.shares(range(len(examples)), sizes)[self.accelerator.process_index]:
                passed = group or [shortest(range(len(examples)), sizes)]
                logps, batch = self.logprobs([examples[i] for i in passed])
                if group:
                    totals[0, group] = sequence_logprobs(logps, batch).view(-1, sides)
                    totals[1, group] = batch.sizes.view(-1, sides).float()
        self.model.train(training)
        totals = self.accelerator.reduce(totals)
        return totals[0], totals[1]

    def exchange(self, last: bool) -> AbstractContextManager[None]:
        """With DDP, gradients are added up over processes in the last micro-batch only. FSDP and ZeRO do it in each, because
        one process has no room for all gradients."""
        return nullcontext() if last or self.kind == "FSDP" else self.accelerator.no_sync(self.model)

    def seed(self, step: int) -> None:
        """Makes the random numbers of a step (dropout) depend on seed, step and process alone."""
        import torch

        draw = rng(self.config.seed, "step", str(step), str(self.accelerator.process_index))
        torch.manual_seed(draw.getrandbits(63))


def shortest(rows: Sequence[int], sizes: Sequence[int]) -> int:
    """The row that costs least to pass through the model."""
    return min(rows, key=lambda row: (sizes[row], row))


def make_accelerator(config: TrainingConfig) -> tuple[Accelerator, bool]:
    """accelerate as its launcher set it up, and whether to compute in bf16. Raises SparError for FSDP version 1."""
    with importing("", "train", "Training"):
        import torch
        from accelerate import Accelerator
    zero = os.environ.get("ACCELERATE_USE_DEEPSPEED", "").lower() == "true"
    cuda = torch.cuda.is_available() and os.environ.get("ACCELERATE_USE_CPU", "").lower() not in ("true", "1", "yes")
    bf16 = config.precision == "bf16" or (config.precision == "auto" and cuda)
    # "no": accelerate's autocast would make a float32 copy of all logits
    accelerator = Accelerator(mixed_precision="bf16" if zero and bf16 else "no")
    if accelerator.distributed_type.value == "FSDP":
        plugin = accelerator.state.fsdp_plugin
        if plugin.fsdp_version != 2:
            raise SparError(
                "FSDP version 1: fsdp_version: 2 is expected (`spar-train config fsdp` prints the path of a file)"
            )
        if bf16:
            from torch.distributed.fsdp import MixedPrecisionPolicy

            plugin.mixed_precision_policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    elif zero:
        deepspeed = accelerator.state.deepspeed_plugin.deepspeed_config
        deepspeed.update(
            train_micro_batch_size_per_gpu=1, gradient_accumulation_steps=1, train_batch_size=accelerator.num_processes,
            gradient_clipping=config.max_grad_norm,
        )  # fmt: skip
    return accelerator, bf16


def make_optimizer(model: Module, config: TrainingConfig, fused: bool) -> Optimizer:
    """AdamW; only matrices have weight decay."""
    import torch

    trained = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in trained if len(getattr(p, "ds_shape", p.shape)) > 1]
    others = [p for p in trained if len(getattr(p, "ds_shape", p.shape)) <= 1]
    groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW([g for g in groups if g["params"]], lr=config.learning_rate, fused=fused or None)
