"""What the prompts of a batch have in common is read once: a template at their beginning, and all of it for n samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


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


def prefill(model: Any, prompts: Sequence[list[int]], rows: Sequence[int], pad: int) -> Prefilled | None:
    """Reads the prompts; row k of the batch continues prompts[rows[k]]. None if the model's cache cannot be shared.

    The padding stands between the common part and the rest, so that the common part is in the same columns of all.
    """
    import torch
    from transformers.cache_utils import DynamicCache, DynamicLayer

    cache = DynamicCache(config=model.config)
    if not all(type(layer) is DynamicLayer for layer in cache.layers):
        return None  # sliding windows and recurrent states do not hold every position
    shared, width = common_prefix(prompts), max(map(len, prompts))
    ids = torch.full((len(prompts), width), pad)
    mask = torch.zeros_like(ids)
    for i, prompt in enumerate(prompts):
        for start, part in ((0, prompt[:shared]), (width - len(prompt) + shared, prompt[shared:])):
            ids[i, start : start + len(part)] = torch.tensor(part)
            mask[i, start : start + len(part)] = 1
    ids, mask = ids.to(model.device), mask.to(model.device)
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    body = model.base_model  # without the output layer, which only the last token needs
    if shared:
        body(input_ids=ids[:1, :shared], past_key_values=cache, use_cache=True)
        cache.batch_select_indices(torch.zeros(len(prompts), dtype=torch.long, device=model.device))
    if shared < width - 1:
        body(
            input_ids=ids[:, shared : width - 1],
            attention_mask=mask[:, : width - 1],
            position_ids=positions[:, shared : width - 1],
            past_key_values=cache,
            use_cache=True,
        )
    if shared or width > 1:
        cache.batch_select_indices(torch.tensor(rows, device=model.device))
    return Prefilled(ids[list(rows)], mask[list(rows)], cache)
