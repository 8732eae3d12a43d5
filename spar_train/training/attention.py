"""Attention over sequences that lie in one row without padding, each seeing itself alone.

`spar_varlen` is an attention implementation of transformers: on CUDA torch's own variable-length kernel (bf16 and fp16), else
one scaled_dot_product_attention a sequence, which is exact on every device and the reference of the tests.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from typing import Any

import torch
import torch.nn.functional as F

from spar_data.core.errors import SparError
from spar_train.config import TrainingConfig
from spar_train.training.forward import PADDED

NAME = "spar_varlen"

# model types whose attention is plain causal softmax attention with rotary positions, and which hand what they are called
# with to the attention: each is compared with padding in the tests
_KNOWN = frozenset(
    ("llama", "mistral", "qwen2", "qwen3", "gemma", "phi3", "granite", "olmo2", "glm", "glm4", "smollm3", "starcoder2")
)
_OTHERWISE = ("attn_logit_softcapping", "final_logit_softcapping", "attention_chunk_size", "alibi", "kv_lora_rank")


def attention_for(model_config: Any, config: TrainingConfig, device: Any) -> str:
    """NAME or PADDED. Raises SparError where padding-free is asked for and cannot be: `why_padded` says why."""
    if config.attention == "padded":
        return PADDED
    why = why_padded(model_config)
    if why and config.attention == "padding-free":
        raise SparError(f"attention = padding-free: {why}. Take attention = auto or padded")
    if why:
        return PADDED
    register()
    return NAME


def why_padded(model_config: Any) -> str:
    """Why sequences of this model cannot lie in one row; "" if they can. Everything not known to be safe is refused."""
    kind = getattr(model_config, "model_type", None)
    if kind not in _KNOWN:
        return f"models of type {kind} are not known to see sequence borders"
    window = getattr(model_config, "sliding_window", None)
    if window and getattr(model_config, "use_sliding_window", True):
        return f"the model attends within a window of {window} tokens"
    other = sorted(set(getattr(model_config, "layer_types", None) or ()) - {"full_attention"})
    if other:
        return f"the model has layers of {', '.join(other)}"
    for name in _OTHERWISE:
        if getattr(model_config, name, None):
            return f"the model's attention has {name}"
    if getattr(model_config, "attention_dropout", 0):
        return "the model drops attention weights out"
    return ""


def register() -> None:
    """Makes the name known to transformers. It takes no mask: borders come with each call."""
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, _no_mask)


def _no_mask(*args: Any, attention_mask: Any = None, **kwargs: Any) -> None:
    """In place of a mask. Raises ValueError for padding, which this attention would see."""
    if attention_mask is not None and not bool(attention_mask.all()):
        raise ValueError(
            f"{NAME} is for sequences without padding: set_attn_implementation('sdpa') before a padded batch"
        )


def attend(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    dropout: float = 0.0,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Any, None]:
    """query [1, heads, T, d], key and value [1, fewer heads, T, d] -> [1, T, heads, d].

    cu_seq_lens_q: int32 [n + 1], where the sequences begin and the last one ends; max_length_q: the longest. Without them
    each row is one sequence, as in generation. A mask or dropout is a mistake in code: ValueError.
    """
    if attention_mask is not None or dropout:
        raise ValueError(f"{NAME} knows no mask and no dropout")
    borders = kwargs.get("cu_seq_lens_q")
    if borders is None:
        return _alone(query, key, value, scaling).transpose(1, 2).contiguous(), None
    if _kernel(query):
        return _varlen(query, key, value, borders, kwargs["max_length_q"], scaling), None
    cuts = borders.tolist()
    seen = [_alone(query[:, :, a:b], key[:, :, a:b], value[:, :, a:b], scaling) for a, b in itertools.pairwise(cuts)]
    return torch.cat(seen, dim=2).transpose(1, 2).contiguous(), None


def _alone(query: Any, key: Any, value: Any, scaling: float | None) -> Any:
    """Causal attention of one sequence, or of new queries that follow cached keys."""
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    new, all_ = query.shape[2], key.shape[2]
    mask = None
    if 1 < new < all_:
        mask = torch.ones(new, all_, dtype=torch.bool, device=query.device).tril(all_ - new)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=new == all_, scale=scaling)


def _half(query: Any) -> Any:
    """The number format of the attention: that of autocast, else the query's own (rotary positions give float32)."""
    if torch.is_autocast_enabled(query.device.type):
        return torch.get_autocast_dtype(query.device.type)
    return query.dtype


def _kernel(query: Any) -> bool:
    size = query.shape[-1]  # of a head
    half = query.is_cuda and _half(query) in (torch.bfloat16, torch.float16)
    return half and size % 8 == 0 and size <= 256 and "window_size" in _arguments()


@functools.cache
def _arguments() -> frozenset[str]:
    """What torch's kernel takes: window_size (which makes it causal) and scale since 2.11, enable_gqa since 2.12."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return frozenset()
    return frozenset(inspect.signature(varlen_attn).parameters)


def _varlen(query: Any, key: Any, value: Any, borders: Any, longest: int, scaling: float | None) -> Any:
    from torch.nn.attention import varlen

    q, k, v = (part[0].transpose(0, 1).to(_half(query)) for part in (query, key, value))  # [T, heads, d]
    groups = q.shape[1] // k.shape[1]
    shared = {"enable_gqa": True} if groups > 1 and "enable_gqa" in _arguments() else {}
    if groups > 1 and not shared:
        k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
    made = varlen.varlen_attn(q, k, v, borders, borders, longest, longest, scale=scaling, window_size=(-1, 0), **shared)
    return made[None]
