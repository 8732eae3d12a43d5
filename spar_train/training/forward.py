"""Computes log-probabilities of the target tokens of examples, without padding where the model allows it.

Logits are computed only at the positions before a target token. Their log-softmax is computed piece by piece, and again in
the backward pass, so that nothing of their size is kept besides the logits themselves (in the model's number format).

Call the model under torch.autocast: accelerate's wrapper (`mixed_precision`) turns all logits into float32.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from spar_train.data.examples import Example

if TYPE_CHECKING:
    from torch.autograd.function import FunctionCtx
    from torch.nn import Module

ModelInput: TypeAlias = Tensor | int | bool

PADDING_FREE, PADDED = "padding-free", "padded"
_PIECE = 2**24  # numbers in a piece of the log-softmax: 64 MiB in float32


@dataclass
class Batch:
    """n sequences with M target tokens in total.

    inputs     keyword arguments of the model.
    labels     int64 [M], the target tokens, sequence by sequence.
    sequence   int64 [M], the number of the sequence that each belongs to.
    sizes      int64 [n], the number of target tokens of each sequence.
    tokens     number of tokens, without padding.
    where      int64 [M], the rows of the flattened logits that predict the targets.
    """

    inputs: dict[str, ModelInput]
    labels: Tensor
    sequence: Tensor
    sizes: Tensor
    tokens: int
    where: Tensor


def make_batch(examples: Sequence[Example], kind: str, device: torch.device, pad_id: int) -> Batch:
    """kind: PADDING_FREE (also the name of its attention) or PADDED. pad_id: any token, the model never attends to it."""
    if not examples:
        raise ValueError("a batch of no examples")
    lengths = np.array([len(example.tokens) for example in examples])
    sizes = np.array([int(example.targets.sum()) for example in examples])
    before = [np.flatnonzero(example.targets) - 1 for example in examples]  # the position before each target
    labels = np.concatenate([example.tokens[example.targets] for example in examples])
    if kind == PADDED:
        arrays, where = _padded(examples, lengths, before, pad_id)
        limits: dict[str, ModelInput] = {}
    else:
        arrays, where = _packed(examples, lengths, before)
        limits = dict.fromkeys(("max_length_q", "max_length_k"), int(lengths.max()))

    def to_device(array: NDArray[np.integer]) -> Tensor:
        return torch.as_tensor(array).to(device, non_blocking=True)

    return Batch(
        {name: to_device(array) for name, array in arrays.items()} | limits | {"use_cache": False},
        to_device(labels.astype(np.int64)),
        to_device(np.repeat(np.arange(len(examples)), sizes)),
        to_device(sizes),
        int(lengths.sum()),
        to_device(where),
    )


Arrays: TypeAlias = dict[str, NDArray[np.integer]]


def _packed(
    examples: Sequence[Example], lengths: NDArray[np.int64], before: list[NDArray[np.int64]]
) -> tuple[Arrays, NDArray[np.int64]]:
    """One row [1, T]. Positions begin again with each sequence; the borders of the sequences are inputs too."""
    borders = np.concatenate([[0], np.cumsum(lengths)])
    predicting = np.concatenate([start + positions for start, positions in zip(borders, before, strict=False)])
    inputs = {
        "input_ids": np.concatenate([example.tokens for example in examples]).astype(np.int64)[None],
        "position_ids": np.concatenate([np.arange(n) for n in lengths])[None],
        "cu_seq_lens_q": borders.astype(np.int32),
        "cu_seq_lens_k": borders.astype(np.int32),
        "logits_to_keep": predicting,
    }
    return inputs, np.arange(len(predicting))


def _padded(
    examples: Sequence[Example], lengths: NDArray[np.int64], before: list[NDArray[np.int64]], pad_id: int
) -> tuple[Arrays, NDArray[np.int64]]:
    """[n, longest], padded on the right. Logits at each position where any sequence needs them."""
    mask = np.arange(lengths.max())[None] < lengths[:, None]
    tokens = np.full(mask.shape, pad_id, np.int64)
    tokens[mask] = np.concatenate([example.tokens for example in examples])
    predicting = np.unique(np.concatenate(before))
    where = np.concatenate(
        [i * len(predicting) + np.searchsorted(predicting, positions) for i, positions in enumerate(before)]
    )
    return {"input_ids": tokens, "attention_mask": mask.astype(np.int64), "logits_to_keep": predicting}, where


def token_logprobs(model: Module, batch: Batch) -> Tensor:
    """log p(token | earlier tokens) of each target token: [M] float32 (float64 if the logits are)."""
    logits, positions = model(**batch.inputs).logits, batch.inputs["logits_to_keep"]
    assert isinstance(positions, Tensor)
    if logits.shape[1] != len(positions):  # the model does not know logits_to_keep
        logits = logits[:, positions]
    return log_softmax_at(logits.flatten(0, 1), batch.where, batch.labels)


def sequence_logprobs(logps: Tensor, batch: Batch) -> Tensor:
    """The sums over the target tokens of each sequence: [n]."""
    return torch.zeros(len(batch.sizes), dtype=logps.dtype, device=logps.device).index_add(0, batch.sequence, logps)


def log_softmax_at(logits: Tensor, where: Tensor, labels: Tensor) -> Tensor:
    """log_softmax(logits[where])[labels]: [M]. logits [R, V]; where [M]: rows, ascending, without repetition; labels [M]."""
    return _LogSoftmaxAt.apply(logits, where, labels)


class _LogSoftmaxAt(torch.autograd.Function):
    """Keeps the logits and one number per token; the backward pass computes the softmax again."""

    @staticmethod
    def forward(ctx: FunctionCtx, logits: Tensor, where: Tensor, labels: Tensor) -> Tensor:
        exact = torch.float64 if logits.dtype == torch.float64 else torch.float32
        logps, norms = [], []
        for rows, label in _pieces(logits, where, labels):
            piece = logits[rows].to(exact)
            norm = piece.logsumexp(-1)
            logps.append(piece.gather(-1, label[:, None])[:, 0] - norm)
            norms.append(norm)
        ctx.save_for_backward(logits, where, labels, torch.cat(norms))
        return torch.cat(logps)

    @staticmethod
    def backward(ctx: FunctionCtx, grad: Tensor) -> tuple[Tensor, None, None]:
        logits, where, labels, norms = ctx.saved_tensors
        out = torch.empty_like(logits) if len(where) == len(logits) else torch.zeros_like(logits)
        start = 0
        for rows, label in _pieces(logits, where, labels):
            part = slice(start, start := start + len(label))
            piece = torch.sub(logits[rows], norms[part, None]).exp_().neg_()  # in the number format of the norms
            piece.scatter_add_(-1, label[:, None], torch.ones_like(label[:, None], dtype=piece.dtype))
            out[rows] = piece.mul_(grad[part, None]).to(out.dtype)
        return out, None, None


def _pieces(logits: Tensor, where: Tensor, labels: Tensor) -> Iterator[tuple[slice | Tensor, Tensor]]:
    """(rows of the logits, their labels), piece by piece. If all rows are needed they are slices, which make no copies."""
    size = max(1, _PIECE // logits.shape[-1])
    starts = range(0, len(where), size)
    every = len(where) == len(logits)
    rows = (slice(i, i + size) for i in starts) if every else where.split(size)
    return zip(rows, labels.split(size), strict=True)
