"""From examples to log-probabilities of their target tokens, without padding where the model allows it.

Logits are made only at the positions before a target token; their log-softmax is taken piece by piece, and again in the
backward pass, so that beside the logits themselves (in the number format of the model) nothing of their size is kept.

Call the model under torch.autocast of your own: accelerate's wrapper (`mixed_precision`) turns all logits into float32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from spar_train.data.examples import Example

Tensor = Any  # torch.Tensor: its package is not read by the type checker

PADDING_FREE, PADDED = "padding-free", "padded"
_PIECE = 2**24  # numbers of a piece of the log-softmax: 64 MiB in float32


@dataclass
class Batch:
    """n sequences with M target tokens in all.

    inputs    keyword arguments of the model.
    labels    int64 [M], the target tokens, sequence by sequence.
    sequence  int64 [M], which sequence each is of.
    sizes     int64 [n], the target tokens of each sequence.
    tokens    real ones, without padding.
    where     int64 [M], the rows of the flattened logits that predict the targets.
    """

    inputs: dict[str, Any]
    labels: Tensor
    sequence: Tensor
    sizes: Tensor
    tokens: int
    where: Tensor


def batch(examples: Sequence[Example], kind: str, device: Any, pad_id: int) -> Batch:
    """kind: PADDING_FREE (also the name of its attention) or PADDED. pad_id: any token, it is never seen."""
    if not examples:
        raise ValueError("a batch of no examples")
    lengths = np.array([len(example.tokens) for example in examples])
    sizes = np.array([int(example.targets.sum()) for example in examples])
    before = [np.flatnonzero(example.targets) - 1 for example in examples]  # the position before each target
    labels = np.concatenate([example.tokens[example.targets] for example in examples])
    if kind == PADDED:
        inputs, where = _padded(examples, lengths, before, pad_id)
    else:
        inputs, where = _packed(examples, lengths, before)
    return Batch(
        {name: _to(value, device) for name, value in inputs.items()} | {"use_cache": False},
        _to(labels.astype(np.int64), device),
        _to(np.repeat(np.arange(len(examples)), sizes), device),
        _to(sizes, device),
        int(lengths.sum()),
        _to(where, device),
    )


def _packed(examples: Sequence[Example], lengths: Any, before: list[Any]) -> tuple[dict[str, Any], Any]:
    """One row [1, T]; positions begin again with each sequence, whose borders come with it."""
    borders = np.concatenate([[0], np.cumsum(lengths)])
    kept = np.concatenate([start + at for start, at in zip(borders, before, strict=False)])
    longest = int(lengths.max())
    inputs = {
        "input_ids": np.concatenate([example.tokens for example in examples]).astype(np.int64)[None],
        "position_ids": np.concatenate([np.arange(n) for n in lengths])[None],
        "cu_seq_lens_q": borders.astype(np.int32),
        "cu_seq_lens_k": borders.astype(np.int32),
        "max_length_q": longest,
        "max_length_k": longest,
        "logits_to_keep": kept,
    }
    return inputs, np.arange(len(kept))


def _padded(examples: Sequence[Example], lengths: Any, before: list[Any], pad_id: int) -> tuple[dict[str, Any], Any]:
    """[n, longest], padded on the right. Logits at each position where any sequence needs them."""
    mask = np.arange(lengths.max())[None] < lengths[:, None]
    tokens = np.full(mask.shape, pad_id, np.int64)
    tokens[mask] = np.concatenate([example.tokens for example in examples])
    kept = np.unique(np.concatenate(before))
    where = np.concatenate([i * len(kept) + np.searchsorted(kept, at) for i, at in enumerate(before)])
    return {"input_ids": tokens, "attention_mask": mask.astype(np.int64), "logits_to_keep": kept}, where


def _to(value: Any, device: Any) -> Any:
    return torch.as_tensor(value).to(device, non_blocking=True) if isinstance(value, np.ndarray) else value


def token_logprobs(model: Any, batch: Batch) -> Tensor:
    """log p(token | what is before it) of each target token: [M] float32 (float64 where the logits are)."""
    logits, kept = model(**batch.inputs).logits, batch.inputs["logits_to_keep"]
    if logits.shape[1] != len(kept):  # a model that knows no logits_to_keep
        logits = logits[:, kept]
    return log_softmax_at(logits.flatten(0, 1), batch.where, batch.labels)


def sequence_logprobs(logps: Tensor, batch: Batch) -> Tensor:
    """The sums over the target tokens of each sequence: [n]."""
    return torch.zeros(len(batch.sizes), dtype=logps.dtype, device=logps.device).index_add(0, batch.sequence, logps)


def log_softmax_at(logits: Tensor, where: Tensor, labels: Tensor) -> Tensor:
    """log_softmax(logits[where])[labels]: [M]. logits [R, V]; where [M] rows, ascending, none twice; labels [M]."""
    return _LogSoftmaxAt.apply(logits, where, labels)


class _LogSoftmaxAt(torch.autograd.Function):
    """Keeps the logits as they are and one number a token; makes the softmax again in the backward pass."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, where: Tensor, labels: Tensor) -> Tensor:
        exact = torch.float64 if logits.dtype == torch.float64 else torch.float32
        made, norms = [], []
        for rows, label in _pieces(logits, where, labels):
            piece = logits[rows].to(exact)
            norm = piece.logsumexp(-1)
            made.append(piece.gather(-1, label[:, None])[:, 0] - norm)
            norms.append(norm)
        ctx.save_for_backward(logits, where, labels, torch.cat(norms))
        return torch.cat(made)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        logits, where, labels, norms = ctx.saved_tensors
        out = torch.empty_like(logits) if len(where) == len(logits) else torch.zeros_like(logits)
        done = 0
        for rows, label in _pieces(logits, where, labels):
            part = slice(done, done := done + len(label))
            piece = torch.sub(logits[rows], norms[part, None]).exp_().neg_()  # of the norms' number format
            piece.scatter_add_(-1, label[:, None], torch.ones_like(label[:, None], dtype=piece.dtype))
            out[rows] = piece.mul_(grad[part, None]).to(out.dtype)
        return out, None, None


def _pieces(logits: Tensor, where: Tensor, labels: Tensor) -> Any:
    """(rows of the logits, their labels), piece by piece. All rows of the logits are taken as slices: no copies."""
    size = max(1, _PIECE // logits.shape[-1])
    starts = range(0, len(where), size)
    every = len(where) == len(logits)
    rows = (slice(i, i + size) for i in starts) if every else where.split(size)
    return zip(rows, labels.split(size), strict=True)
