"""Reads the prompts of a batch into a key-value cache, what they have in common only once.

Common are a template at the beginning of all prompts, and the whole prompt for several samples of one request.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel
    from transformers.cache_utils import DynamicCache, DynamicLayer

_GROUP = 8  # prompts that are read at a time


def common_prefix(prompts: Sequence[list[int]]) -> int:
    """The number of tokens that all prompts begin with, but less than the shortest has: each keeps a token of its own."""
    first, last = min(prompts), max(prompts)  # in lexical order: what these two share, all share
    limit = min(map(len, prompts)) - 1
    return next((i for i in range(limit) if first[i] != last[i]), limit)


def prefill(
    model: PreTrainedModel, prompts: Sequence[list[int]], rows: Sequence[int], pad: int, max_tokens: int
) -> dict[str, Tensor | DynamicCache] | None:
    """Reads the prompts; row k of the batch continues prompts[rows[k]] by up to max_tokens.

    Returns arguments for `generate`: token ids and mask, both (rows, width), and the cache of all columns but the last;
    None if the model's cache cannot be shared. The padding stands between the common part and the rest, so that
    the common part is in the same columns of all rows. Prompts are read some at a time, so that a long one does not pad
    all others; pass them ordered by length.
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
            part = _read_group(model, prompts[start : start + _GROUP], copy.deepcopy(prefix), shared, pad)
            _copy_rows(part, cache, start, len(prompts), shared, width)
        cache.batch_select_indices(torch.tensor(rows, device=model.device))
        cache.layers = [_with_room(layer, max_tokens + 1) for layer in cache.layers]
    return {
        "input_ids": ids[list(rows)].to(model.device),
        "attention_mask": mask[list(rows)].to(model.device),
        cache_parameter(model): cache,
    }


def cache_parameter(model: PreTrainedModel) -> str:
    """The parameter of `forward` and `generate` that takes the cache: older versions of transformers name it otherwise."""
    return "cache" if "cache" in inspect.signature(model.base_model.forward).parameters else "past_key_values"


def _padded(prompts: Sequence[list[int]], shared: int, pad: int) -> tuple[Tensor, Tensor]:
    """Token ids and mask of the prompts, padded between their common part and the rest."""
    import torch

    width = max(map(len, prompts))
    ids = torch.full((len(prompts), width), pad)
    mask = torch.zeros_like(ids)
    for i, prompt in enumerate(prompts):
        for start, part in ((0, prompt[:shared]), (width - len(prompt) + shared, prompt[shared:])):
            ids[i, start : start + len(part)] = torch.tensor(part)
            mask[i, start : start + len(part)] = 1
    return ids, mask


def _read_group(
    model: PreTrainedModel, prompts: Sequence[list[int]], cache: DynamicCache, shared: int, pad: int
) -> DynamicCache:
    """The cache of these prompts without their last tokens, which `generate` reads."""
    import torch

    ids, mask = _padded(prompts, shared, pad)
    if shared:
        cache.batch_select_indices(torch.zeros(len(prompts), dtype=torch.long, device=model.device))
    if ids.shape[1] - 1 > shared:
        _read(model, ids[:, shared:-1], mask[:, :-1], cache)
    return cache


def _read(model: PreTrainedModel, ids: Tensor, mask: Tensor, cache: DynamicCache) -> None:
    """Adds tokens to the cache. Only the body of the model runs: the output layer is needed for the last token alone."""
    positions = (mask.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
    model.base_model(
        input_ids=ids.to(model.device),
        attention_mask=mask.to(model.device),
        position_ids=positions.to(model.device),
        use_cache=True,
        **{cache_parameter(model): cache},
    )


def _copy_rows(part: DynamicCache, cache: DynamicCache, start: int, total: int, shared: int, width: int) -> None:
    """Copies the rows of a part into the cache of all rows: common columns to the left, the others to the right."""
    for target, layer in zip(cache.layers, part.layers, strict=True):
        rows, heads, length, _ = layer.keys.shape
        if not target.is_initialized:
            target.lazy_initialization(layer.keys, layer.values)
            target.keys = layer.keys.new_zeros(total, heads, width - 1, layer.keys.shape[-1])
            target.values = layer.values.new_zeros(total, heads, width - 1, layer.values.shape[-1])
        for into, states in ((target.keys, layer.keys), (target.values, layer.values)):
            into[start : start + rows, :, :shared] = states[:, :, :shared]
            into[start : start + rows, :, width - 1 - (length - shared) :] = states[:, :, shared:]


def _with_room(layer: DynamicLayer, tokens: int) -> DynamicLayer:
    """The layer with memory reserved for so many more tokens.

    The library's own layer allocates a new block for every token. In a thread that is not the first one this takes longer
    than the model does, because the allocator gives each block back to the system.
    """
    from transformers.cache_utils import DynamicLayer

    class ReservedLayer(DynamicLayer):
        keys: Tensor
        values: Tensor

        def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
            start = self.keys.shape[-2]
            end = start + key_states.shape[-2]
            keys[:, :, start:end] = key_states
            values[:, :, start:end] = value_states
            self.keys, self.values = keys[:, :, :end], values[:, :, :end]
            return self.keys, self.values

    keys, values = (
        states.new_empty(*states.shape[:2], states.shape[2] + tokens, states.shape[3])
        for states in (layer.keys, layer.values)
    )
    reserved = ReservedLayer()
    reserved.lazy_initialization(layer.keys, layer.values)
    reserved.keys, reserved.values = keys[:, :, :0], values[:, :, :0]
    reserved.update(layer.keys, layer.values)
    return reserved
