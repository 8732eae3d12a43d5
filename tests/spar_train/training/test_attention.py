"""Attention over packed sequences: which models allow it, and how the kernel is called."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_llama import VOCABULARY, example, llama

from spar_data.core.errors import SparError
from spar_train.config import DPO, SFT
from spar_train.training import attention
from spar_train.training.attention import NAME, attend, attention_for, padding_reason, register
from spar_train.training.forward import PADDED, make_batch, token_logprobs

IMPLEMENTATION = {NAME: NAME, PADDED: "sdpa"}


EXAMPLES = [example(9, 4, seed=1), example(5, 1, seed=2), example(21, 15, seed=3), example(2, 1, seed=4)]


def _model(kind: str, dtype: Any = torch.float64) -> Any:
    register()
    model = llama().to(dtype)
    model.set_attn_implementation(IMPLEMENTATION[kind])
    return model


MODELS = [
    ("llama", {}),
    ("mistral", {"sliding_window": None}),
    ("qwen2", {}),
    ("qwen3", {"head_dim": 8}),
    ("gemma", {"head_dim": 8}),
    ("phi3", {"pad_token_id": 0, "sliding_window": None}),
    ("granite", {}),
    ("olmo2", {}),
    ("glm", {"head_dim": 8, "pad_token_id": 0}),
    ("glm4", {"head_dim": 8, "pad_token_id": 0}),
    ("smollm3", {"pad_token_id": 0}),
    ("starcoder2", {"sliding_window": None}),
]


@pytest.mark.parametrize(("kind", "more"), MODELS)
def test_safe_models_respect_sequence_borders(kind: str, more: dict[str, Any]) -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    config = AutoConfig.for_model(
        kind, vocab_size=VOCABULARY, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, initializer_range=0.2, **more,
    )  # fmt: skip
    assert attention_for(config, SFT) == NAME, padding_reason(config)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).double().eval()
    found = []
    for layout in (NAME, PADDED):
        model.set_attn_implementation(IMPLEMENTATION[layout])
        logps = token_logprobs(model, make_batch(EXAMPLES, layout, "cpu", 0))
        logps.sum().backward()
        found.append((logps.detach(), [p.grad.clone() for p in model.parameters() if p.grad is not None]))
        model.zero_grad()
    torch.testing.assert_close(*found, rtol=1e-5, atol=1e-6)  # norms in float32 inside
    assert found[0][0].std() > 0.1


@pytest.mark.parametrize(
    ("kind", "more", "why"),
    [
        ("gpt2", {}, "models of type gpt2"),
        ("gemma2", {}, "models of type gemma2"),
        ("mistral", {"sliding_window": 4096}, "window of 4096"),
        ("qwen2", {"use_sliding_window": True, "sliding_window": 128, "max_window_layers": 1}, "window of 128"),
        ("llama", {"attention_dropout": 0.1}, "drops"),
    ],
)
def test_other_models_are_padded(kind: str, more: dict[str, Any], why: str) -> None:
    from transformers import AutoConfig

    config = AutoConfig.for_model(kind, **more)
    assert why in padding_reason(config)
    assert attention_for(config, SFT) == PADDED
    with pytest.raises(SparError, match="padding-free"):
        attention_for(config, dataclasses.replace(DPO, attention="padding-free"))


def test_padding_can_be_chosen() -> None:
    assert attention_for(llama().config, dataclasses.replace(SFT, attention="padded")) == PADDED


def test_masks_and_dropout_are_refused() -> None:
    q = torch.zeros(1, 2, 3, 4)
    for faulty in ({"attention_mask": torch.ones(1)}, {"attention_mask": None, "dropout": 0.1}):
        with pytest.raises(ValueError, match="neither a mask"):
            attend(None, q, q, q, **faulty)


def test_generation_works_with_the_attention_of_training() -> None:
    """With its cache: prompts of one length, one new token at a time."""
    prompt = torch.randint(0, VOCABULARY, (2, 7))
    made = [
        _model(kind).generate(
            input_ids=prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=8, do_sample=False
        )
        for kind in (NAME, PADDED)
    ]
    assert torch.equal(*made)


def test_padding_is_refused_by_the_packed_attention() -> None:
    prompt, mask = torch.ones(2, 4, dtype=torch.long), torch.tensor([[0, 1, 1, 1], [1, 1, 1, 1]])
    with pytest.raises(ValueError, match="without padding"):
        _model(NAME)(input_ids=prompt, attention_mask=mask)


def test_the_attention_is_not_saved_with_the_model(tmp_path: Path) -> None:
    """A trained model loads everywhere."""
    model = _model(NAME)
    model.save_pretrained(tmp_path)
    assert NAME not in (tmp_path / "config.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("gqa", [True, False], ids=["torch 2.12", "torch 2.11"])
def test_the_arguments_of_the_kernel(gqa: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a kernel of our own in its place that takes what torch's takes: [T, heads, d], borders, a causal window."""
    calls = []

    def kernel(
        q: Any,
        k: Any,
        v: Any,
        starts: Any,
        same: Any,
        longest: int,
        also: int,
        *,
        scale: float,
        window_size: Any,
        **more: Any,
    ) -> Any:
        calls.append(more)
        assert q.is_contiguous() or q.stride(-1) == 1
        assert (starts.dtype, starts.tolist(), same.tolist()) == (torch.int32, [0, 9, 14, 35, 37], starts.tolist())
        assert longest == also == 21 and window_size == (-1, 0) and q.dtype == k.dtype == v.dtype
        assert (q.shape[1], k.shape[1]) == (4, 2 if gqa else 4)
        k, v = (part.repeat_interleave(4 // part.shape[1], 1) for part in (k, v))
        scores = torch.einsum("ihd,jhd->hij", q, k) * scale
        number = torch.searchsorted(starts[1:].contiguous(), torch.arange(len(q)), right=True)
        seen = (number[:, None] == number) & torch.ones(len(q), len(q)).tril().bool()
        return torch.einsum("hij,jhd->ihd", scores.masked_fill(~seen, -torch.inf).softmax(-1), v)

    model, held = _model(NAME), make_batch(EXAMPLES, NAME, "cpu", 0)
    expected = token_logprobs(model, held)
    monkeypatch.setattr("torch.nn.attention.varlen.varlen_attn", kernel)
    monkeypatch.setattr(attention, "_kernel_fits", lambda query: True)
    monkeypatch.setattr(attention, "_kernel_parameters", lambda: {"window_size", *(["enable_gqa"] if gqa else [])})
    torch.testing.assert_close(token_logprobs(model, held), expected, rtol=0, atol=1e-12)
    assert calls == [{"enable_gqa": True} if gqa else {}] * 2


def test_the_installed_torch_has_the_kernel() -> None:
    assert {"scale", "window_size"} <= attention._kernel_parameters()
