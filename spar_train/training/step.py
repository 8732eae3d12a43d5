"""One optimizer step, and its learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from spar_data.core.errors import SparError
from spar_train.config import TrainingConfig
from spar_train.training import losses
from spar_train.training.forward import sequence_logprobs
from spar_train.training.processes import Run, shortest

Tensor = Any  # torch.Tensor: its package is not read by the type checker
_NAMED = 8  # rows that a message names
_NAMES = ("dpo_loss", *losses.Stats._fields[1:])


def learning_rate(config: TrainingConfig, step: int, total: int) -> float:
    """The learning rate of step 1 .. total, as in transformers' schedules of the same names.

    It rises from 0 in the first step to the full rate over warmup_ratio of the steps. Then it stays (constant_with_warmup),
    falls to 0 along a line (linear) or along half a cosine (cosine). constant has no warm-up.
    """
    done = step - 1
    warmup = 0 if config.schedule == "constant" else math.ceil(config.warmup_ratio * total)
    if done < warmup:
        return config.learning_rate * done / warmup
    part = (done - warmup) / max(1, total - warmup)
    if config.schedule == "linear":
        return config.learning_rate * (1 - part)
    if config.schedule == "cosine":
        return config.learning_rate * 0.5 * (1 + math.cos(math.pi * part))
    return config.learning_rate


class Part(NamedTuple):
    """What a micro-batch came to: its part of the step's loss and of its figures (losses.Stats), and the log-probability of
    each of its sequences, [n, 1] or of pairs [n, 2]."""

    rows: list[int]
    loss: Tensor
    figures: tuple[Tensor, ...]
    logps: Tensor


def _part(run: Run, taken: list[int], rows: Sequence[Any], reference: Tensor | None, held: int) -> Part:
    """A forward pass. reference: [n, 2], of pairs. held: what the whole step holds, target tokens or pairs."""
    logps, made = run.logprobs(rows)
    sums = sequence_logprobs(logps, made)
    if reference is None:
        return Part(taken, losses.sft(logps, held), (), sums.detach()[:, None])
    s = run.config
    loss, stats = losses.dpo(
        sums[0::2], sums[1::2], reference[:, 0], reference[:, 1], made.sizes[0::2], s.beta, s.nll_weight, held
    )
    return Part(taken, loss, tuple(stats), sums.detach().view(-1, 2))


def step(
    run: Run, number: int, rows: Sequence[int], examples: Sequence[Any], sizes: Sequence[int], reference: Tensor | None,
    rate: float,
) -> dict[str, float]:  # fmt: skip
    """Trains on these rows; returns loss, grad_norm and, of pairs, the figures of losses.Stats.

    Raises SparError if the loss or the gradient is not finite: before the weights change (with DeepSpeed, which steps
    within the backward pass, a gradient that is not finite is seen only after).
    """
    pairs = reference is not None
    held = len(rows) if pairs else sum(int(examples[row].targets.sum()) for row in rows)
    mine = run.shares(rows, sizes)[run.accelerator.process_index]
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    run.optimizer.zero_grad()
    run.seed(number)
    run.model.train()
    parts: list[Part] = []
    for k, taken in enumerate(mine):
        last = k == len(mine) - 1
        with run.exchange(last):
            shown = taken or [shortest(rows, sizes)]  # every process does as many passes: they exchange weights
            part = _part(
                run, taken, [examples[i] for i in shown], reference[shown] if reference is not None else None, held
            )
            parts += [part] if taken else []
            if last and run.kind == "DEEPSPEED":
                _figures(run, number, rows, examples, parts, pairs)
            # accelerate's processes take the mean of gradients, and the losses are parts of a sum
            _backward(run, part.loss * (run.accelerator.num_processes if taken else 0), last)
    figures = _figures(run, number, rows, examples, parts, pairs)
    norm = run.accelerator.clip_grad_norm_(run.model.parameters(), run.config.max_grad_norm)
    norm = float(norm.full_tensor() if hasattr(norm, "full_tensor") else norm)
    if not math.isfinite(norm):
        raise _not_finite(number, "gradient", [examples[row].id for row in rows])
    run.optimizer.step()
    return {**figures, "grad_norm": norm}


def _backward(run: Run, loss: Tensor, last: bool) -> None:
    if run.kind == "DEEPSPEED":
        run.accelerator.deepspeed_engine_wrapped.backward(loss, sync_gradients=last)
    else:
        run.accelerator.backward(loss)


def _figures(
    run: Run, number: int, rows: Sequence[int], examples: Sequence[Any], parts: list[Part], pairs: bool
) -> dict[str, float]:
    """Loss and figures of the step, summed over its parts on all processes. Raises SparError for a loss that is not finite."""
    import torch

    names = ("loss", *_NAMES) if pairs else ("loss",)
    device = run.accelerator.device
    total = torch.zeros(len(names), device=device)
    for part in parts:
        total += torch.stack([part.loss.detach(), *part.figures])
    found = dict(zip(names, run.accelerator.reduce(total).tolist(), strict=True))
    if math.isfinite(found["loss"]):
        return found
    place = {row: i for i, row in enumerate(rows)}
    bad = torch.zeros(len(rows), device=device)
    for part in parts:
        bad[[place[row] for row in part.rows]] = (~part.logps.isfinite()).any(1).float()
    flags = run.accelerator.reduce(bad).tolist()
    named = [examples[row].id for row, flag in zip(rows, flags, strict=True) if flag]
    raise _not_finite(number, "loss", named or [examples[row].id for row in rows])


def _not_finite(number: int, what: str, ids: list[str]) -> SparError:
    more = f" and {len(ids) - _NAMED:,} more" if len(ids) > _NAMED else ""
    return SparError(
        f"step {number}: the {what} is not a finite number, in rows {', '.join(ids[:_NAMED])}{more}. The step was not taken. "
        "The last checkpoint is kept: look at these rows and at the weights of the model, or start again in another --out "
        "with a lower --learning-rate or with --precision fp32"
    )
