"""What the prompts of a batch have in common is read once: a template at their beginning, and all of it for n samples."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

_GROUP = 8  # prompts that are read at a time


class Prefilled(NamedTuple):
    """Arguments for `generate`: token ids and mask, both (rows, width), and the cache of all columns but the last."""

    input_ids: Any
    attention_mask: Any
    past_key_values: Any


def common_prefix(prompts: Sequence[list[int]]) -> int:
    """How many tokens all prompts begin with; less than the shortest has, so that each keeps a token of its own."""
    first, last = min(prompts), max(prompts)  # in lexical order: what these two share, all share
    most = min(map(len, prompts)) - 1
    return next((i for i in range(most) if first[i] != last[i]), most)


def prefill(
    model: Any, prompts: Sequence[list[int]], rows: Sequence[int], pad: int, max_tokens: int
) -> Prefilled | None:
    """Reads the prompts; row k of the batch continues prompts[rows[k]] by up to max_tokens. None if the model's cache
    cannot be shared.

    The padding stands between the common part and the rest, so that the common part is in the same columns of all.
    Prompts are read some at a time, so that a long one does not pad all others; give them ordered by length.
    """
    import torch
    from transformers.cache_utils import DynamicCache, DynamicLayer

    prefix = DynamicCache(config=model.config)
    if not all(type(layer) is DynamicLayer for layer in prefix.layers):
        return None  # sliding windows and recurrent states do not hold every position
    shared, width = common_prefix(prompts), max(map(len, prompts))
    ids, mask = _padded(prompts, shared, pad)
    cache = DynamicCache(config=model.config)
    if width > 1:
        if shared:
            _read(model, ids[:1, :shared], mask[:1, :shared], prefix)
        for start in range(0, len(prompts), _GROUP):
            group = prompts[start : start + _GROUP]
            _place(
                cache, _read_group(model, group, copy.deepcopy(prefix), shared, pad), start, len(prompts), shared, width
            )
        cache.batch_select_indices(torch.tensor(rows, device=model.device))
        cache.layers = [_reserved(layer, max_tokens + 1) for layer in cache.layers]
    return Prefilled(ids[list(rows)].to(model.device), mask[list(rows)].to(model.device), cache)


def _padded(prompts: Sequence[list[int]], shared: int, pad: int) -> tuple[Any, Any]:
    import torch

    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), pad)
    mask = torch.zeros_like(ids)
    for i, prompt in enumerate(prompts):
        for start, part in ((0, prompt[:shared]), (width - len(prompt) + shared, prompt[shared:])):
            ids[i, start : start + len(part)] = torch.tensor(part)
            mask[i, start : start + len(part)] = 1
    return ids, mask


def _read_group(model: Any, prompts: Sequence[list[int]], cache: Any, shared: int, pad: int) -> Any:
    """The cache of these prompts but for their last tokens, which `generate` reads."""
    import torch

    ids, mask = _padded(prompts, shared, pad)
    if shared:
        cache.batch_select_indices(torch.zeros(len(prompts), dtype=torch.long, device=model.device))
    if ids.shape[1] - 1 > shared:
        _read(model, ids[:, shared:-1], mask[:, :-1], cache)
    return cache


def _read(model: Any, ids: Any, mask: Any, cache: Any) -> None:
    """Through the body alone: the output layer is needed for the last token only."""
    positions = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
    model.base_model(
        input_ids=ids.to(model.device),
        attention_mask=mask.to(model.device),
        position_ids=positions.to(model.device),
        past_key_values=cache,
        use_cache=True,
    )


def _place(cache: Any, part: Any, start: int, total: int, shared: int, width: int) -> None:
    """Puts the rows of a part into the cache of all: the common columns to the left, the rest to the right."""
    for whole, layer in zip(cache.layers, part.layers, strict=True):
        rows, heads, length, _ = layer.keys.shape
        if not whole.is_initialized:
            whole.lazy_initialization(layer.keys, layer.values)
            whole.keys = layer.keys.new_zeros(total, heads, width - 1, layer.keys.shape[-1])
            whole.values = layer.values.new_zeros(total, heads, width - 1, layer.values.shape[-1])
        for into, made in ((whole.keys, layer.keys), (whole.values, layer.values)):
            into[start : start + rows, :, :shared] = made[:, :, :shared]
            into[start : start + rows, :, width - 1 - (length - shared) :] = made[:, :, shared:]


def _reserved(layer: Any, more: int) -> Any:
    """The layer with room for so many more tokens. The library's own makes a new block of memory for every token, which
    in a thread that is not the first one takes longer than the model does: the allocator gives each back to the system."""
    from transformers.cache_utils import DynamicLayer

    class Reserved(DynamicLayer):
        keys: Any
        values: Any

        def update(self, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> tuple[Any, Any]:
            start = self.keys.shape[-2]
            end = start + key_states.shape[-2]
            room[0][:, :, start:end] = key_states
            room[1][:, :, start:end] = value_states
            self.keys, self.values = room[0][:, :, :end], room[1][:, :, :end]
            return self.keys, self.values

    room = [each.new_empty(*each.shape[:2], each.shape[2] + more, each.shape[3]) for each in (layer.keys, layer.values)]
    reserved = Reserved()
    reserved.lazy_initialization(layer.keys, layer.values)
    reserved.keys, reserved.values = room[0][:, :, :0], room[1][:, :, :0]
    reserved.update(layer.keys, layer.values)
    return reserved
