"""Attention over sequences that are packed into one row without padding; each attends to itself alone.

`spar_varlen` is an attention implementation of transformers. On CUDA it is torch's own variable-length kernel (bf16 and fp16),
otherwise one scaled_dot_product_attention per sequence, which is exact on every device and the reference of the tests.
"""

from __future__ import annotations

import functools
import inspect
import itertools
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from spar_data.core.errors import SparError
from spar_train.config import TrainingConfig
from spar_train.training.forward import PADDED

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

NAME = "spar_varlen"

# model types with plain causal softmax attention and rotary positions, which pass their keyword arguments on to the attention:
# tests compare each with padding
_SAFE_TYPES = [
    "llama",
    "mistral",
    "qwen2",
    "qwen3",
    "gemma",
    "phi3",
    "granite",
    "olmo2",
    "glm",
    "glm4",
    "smollm3",
    "starcoder2",
]
_UNSAFE_SETTINGS = [
    "attn_logit_softcapping",
    "final_logit_softcapping",
    "attention_chunk_size",
    "alibi",
    "kv_lora_rank",
]


def attention_for(model_config: PreTrainedConfig, config: TrainingConfig) -> str:
    """NAME or PADDED. Raises SparError with the reason if the config wants padding-free and the model does not allow it."""
    if config.attention == "padded":
        return PADDED
    reason = padding_reason(model_config)
    if reason and config.attention == "padding-free":
        raise SparError(f"attention = padding-free: {reason}. Use attention = auto or padded")
    if reason:
        return PADDED
    register()
    return NAME


def padding_reason(model_config: PreTrainedConfig) -> str:
    """The reason why sequences of this model cannot be packed; "" if they can. Anything not known to be safe is refused."""
    kind = getattr(model_config, "model_type", None)
    if kind not in _SAFE_TYPES:
        return f"models of type {kind} are not known to respect sequence borders"
    window = getattr(model_config, "sliding_window", None)
    if window and getattr(model_config, "use_sliding_window", True):
        return f"the model attends within a window of {window} tokens"
    other = sorted(set(getattr(model_config, "layer_types", None) or ()) - {"full_attention"})
    if other:
        return f"the model has layers of {', '.join(other)}"
    if unsafe := next((name for name in _UNSAFE_SETTINGS if getattr(model_config, name, None)), ""):
        return f"the model's attention has {unsafe}"
    if getattr(model_config, "attention_dropout", 0):
        return "the model drops attention weights out"
    return ""


def register() -> None:
    """Registers the attention with transformers. It takes no mask: every call passes the borders."""
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, _no_mask)


def _no_mask(*args: object, attention_mask: Tensor | None = None, **kwargs: object) -> None:
    """Stands in for a mask. Raises ValueError for padding, which this attention would not hide."""
    if attention_mask is not None and not bool(attention_mask.all()):
        raise ValueError(
            f"{NAME} is for sequences without padding: set_attn_implementation('sdpa') before a padded batch"
        )


def attend(
    module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    cu_seq_lens_q: Tensor | None = None,
    max_length_q: int = 0,
    **kwargs: object,
) -> tuple[Tensor, None]:
    """query [1, heads, T, d], key and value [1, fewer heads, T, d] -> [1, T, heads, d].

    cu_seq_lens_q: int32 [n + 1], the starts of the sequences and the end of the last one; max_length_q: the longest. Without
    them each row is one sequence, as in generation. Raises ValueError for a mask or dropout.
    """
    if attention_mask is not None or dropout:
        raise ValueError(f"{NAME} supports neither a mask nor dropout")
    if cu_seq_lens_q is None:
        return _one_sequence(query, key, value, scaling).transpose(1, 2).contiguous(), None
    if _kernel_fits(query):
        return _varlen(query, key, value, cu_seq_lens_q, max_length_q, scaling), None
    outputs = [
        _one_sequence(query[:, :, a:b], key[:, :, a:b], value[:, :, a:b], scaling)
        for a, b in itertools.pairwise(cu_seq_lens_q.tolist())
    ]
    return torch.cat(outputs, dim=2).transpose(1, 2).contiguous(), None


def _one_sequence(query: Tensor, key: Tensor, value: Tensor, scaling: float | None) -> Tensor:
    """Causal attention of one sequence, or of new queries that follow cached keys."""
    groups = query.shape[1] // key.shape[1]
    if groups > 1:
        key, value = key.repeat_interleave(groups, dim=1), value.repeat_interleave(groups, dim=1)
    new, all_ = query.shape[2], key.shape[2]
    mask = None
    if 1 < new < all_:
        mask = torch.ones(new, all_, dtype=torch.bool, device=query.device).tril(all_ - new)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=new == all_, scale=scaling)


def _attention_dtype(query: Tensor) -> torch.dtype:
    """The number format of the attention: that of autocast, else the query's (rotary positions give float32)."""
    if torch.is_autocast_enabled(query.device.type):
        return torch.get_autocast_dtype(query.device.type)
    return query.dtype


def _kernel_fits(query: Tensor) -> bool:
    """Whether torch's kernel can be used for this query."""
    size = query.shape[-1]  # of a head
    half = query.is_cuda and _attention_dtype(query) in (torch.bfloat16, torch.float16)
    return half and size % 8 == 0 and size <= 256 and "window_size" in _kernel_parameters()


@functools.cache
def _kernel_parameters() -> frozenset[str]:
    """The parameters of torch's kernel: window_size (which makes it causal) and scale since 2.11, enable_gqa since 2.12."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return frozenset()
    return frozenset(inspect.signature(varlen_attn).parameters)


def _varlen(query: Tensor, key: Tensor, value: Tensor, borders: Tensor, longest: int, scaling: float | None) -> Tensor:
    from torch.nn.attention import varlen

    q, k, v = (part[0].transpose(0, 1).to(_attention_dtype(query)) for part in (query, key, value))  # [T, heads, d]
    groups = q.shape[1] // k.shape[1]
    grouped = {"enable_gqa": True} if groups > 1 and "enable_gqa" in _kernel_parameters() else {}
    if groups > 1 and not grouped:
        k, v = k.repeat_interleave(groups, dim=1), v.repeat_interleave(groups, dim=1)
    window = (-1, 0)  # everything before a token: causal
    return varlen.varlen_attn(
        q, k, v, borders, borders, longest, longest, scale=scaling, window_size=window, **grouped
    )[None]
