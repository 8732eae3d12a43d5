"""One optimizer step, and its learning rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from spar_data.core.errors import SparError
from spar_train.config import TrainingConfig
from spar_train.data.training_rows import AnyExample, sequences
from spar_train.training import losses
from spar_train.training.forward import sequence_logprobs
from spar_train.training.processes import ProcessRun, shortest

if TYPE_CHECKING:
    from torch import Tensor

_LISTED_ROWS = 8  # rows that an error message lists
_PAIR_FIGURES = ("dpo_loss", *losses.DpoFigures._fields[1:])


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


class _MicroBatchResult(NamedTuple):
    """A micro-batch's part of the step's loss and of the pairs' figures, and the log-probability of each sequence.

    rows: row numbers. logps: [n, 1], for pairs [n, 2].
    """

    rows: list[int]
    loss: Tensor
    figures: tuple[Tensor, ...]
    logps: Tensor


class StepRows(NamedTuple):
    """The rows of a step.

    number: of the step. rows: row numbers. examples, sizes (tokens), reference ([n, 2], None for SFT): of all rows.
    """

    number: int
    rows: Sequence[int]
    examples: Sequence[AnyExample]
    sizes: Sequence[int]
    reference: Tensor | None

    @property
    def size(self) -> int:
        """Pairs, or target tokens, of the whole step."""
        if self.reference is not None:
            return len(self.rows)
        return sum(int(sequence.targets.sum()) for sequence in sequences(self.examples[row] for row in self.rows))

    def ids(self, flags: Sequence[float] = ()) -> list[str]:
        """The ids of the flagged rows, or of all if none is flagged."""
        ids = [self.examples[row].id for row in self.rows]
        return [id_ for id_, flag in zip(ids, flags, strict=False) if flag] or ids


def train_step(run: ProcessRun, step: StepRows, rate: float) -> dict[str, float]:
    """Trains on the rows of a step. Returns loss, grad_norm and, for pairs, the figures of losses.DpoFigures.

    Raises SparError if the loss or the gradient is not finite, before the weights change. (DeepSpeed steps within the
    backward pass: there a gradient that is not finite is noticed only after the step.)
    """
    size = step.size
    mine = run.shares(step.rows, step.sizes)[run.accelerator.process_index]
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    run.optimizer.zero_grad()
    run.seed(step.number)
    run.model.train()
    results: list[_MicroBatchResult] = []
    for k, rows in enumerate(mine):
        last = k == len(mine) - 1
        with run.exchange(last):
            # every process makes as many passes, because they exchange weights
            result = _forward(run, step, rows or [shortest(step.rows, step.sizes)], size)
            results += [result] if rows else []
            if last and run.kind == "DEEPSPEED":
                _figures(run, step, results)
            # accelerate averages gradients over processes, but these losses are parts of a sum
            loss = result.loss * (run.accelerator.num_processes if rows else 0)
            if run.kind == "DEEPSPEED":
                run.accelerator.deepspeed_engine_wrapped.backward(loss, sync_gradients=last)
            else:
                run.accelerator.backward(loss)
    figures = _figures(run, step, results)
    norm = run.accelerator.clip_grad_norm_(run.model.parameters(), run.config.max_grad_norm)
    norm = float(norm.full_tensor() if hasattr(norm, "full_tensor") else norm)
    if not math.isfinite(norm):
        raise _not_finite(step.number, "gradient", step.ids())
    run.optimizer.step()
    return {**figures, "grad_norm": norm}


def _forward(run: ProcessRun, step: StepRows, rows: list[int], size: int) -> _MicroBatchResult:
    """A forward pass of some rows. size: of the whole step."""
    logps, batch = run.logprobs([step.examples[row] for row in rows])
    sums = sequence_logprobs(logps, batch)
    if step.reference is None:
        return _MicroBatchResult(rows, losses.sft_loss(logps, size), (), sums.detach()[:, None])
    reference, config = step.reference[rows], run.config
    sides = (sums[0::2], sums[1::2], reference[:, 0], reference[:, 1])
    loss, figures = losses.dpo_loss(*sides, batch.sizes[0::2], config.beta, config.nll_weight, size)
    return _MicroBatchResult(rows, loss, tuple(figures), sums.detach().view(-1, 2))


def _figures(run: ProcessRun, step: StepRows, results: list[_MicroBatchResult]) -> dict[str, float]:
    """Loss and figures of the step, summed over all micro-batches and processes. Raises SparError if the loss is not finite."""
    import torch

    names = ("loss", *(_PAIR_FIGURES if step.reference is not None else ()))
    device = run.accelerator.device
    total = torch.zeros(len(names), device=device)
    for result in results:
        total += torch.stack([result.loss.detach(), *result.figures])
    figures = dict(zip(names, run.accelerator.reduce(total).tolist(), strict=True))
    if math.isfinite(figures["loss"]):
        return figures
    position = {row: i for i, row in enumerate(step.rows)}
    bad = torch.zeros(len(step.rows), device=device)
    for result in results:
        bad[[position[row] for row in result.rows]] = (~result.logps.isfinite()).any(1).float()
    raise _not_finite(step.number, "loss", step.ids(run.accelerator.reduce(bad).tolist()))


def _not_finite(number: int, what: str, ids: list[str]) -> SparError:
    more = f" and {len(ids) - _LISTED_ROWS:,} more" if len(ids) > _LISTED_ROWS else ""
    return SparError(
        f"step {number}: the {what} is not a finite number, in rows {', '.join(ids[:_LISTED_ROWS])}{more}. The step was not "
        "taken. The last checkpoint is kept. Check these rows and the weights of the model, or start again in another --out "
        "with a lower --learning-rate or with --precision fp32"
    )
