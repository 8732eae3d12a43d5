"""Padding-free attention on a GPU: `python -m pytest tests/gpu/test_varlen_gpu.py -s`. No model is needed."""

from __future__ import annotations

import time
from typing import Any

import pytest

torch = pytest.importorskip("torch")

import numpy as np  # noqa: E402

from spar_train.data.examples import Example  # noqa: E402
from spar_train.training.attention import NAME, register  # noqa: E402
from spar_train.training.forward import PADDED, make_batch, token_logprobs  # noqa: E402

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]

_VOCABULARY = 49_152


def _model(kind: str, layers: int) -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=_VOCABULARY, hidden_size=576, intermediate_size=1536, num_hidden_layers=layers,
        num_attention_heads=9, num_key_value_heads=3, head_dim=64, max_position_embeddings=4096,
    )  # fmt: skip
    register()
    model = LlamaForCausalLM(config).cuda()
    model.set_attn_implementation(NAME if kind == NAME else "sdpa")
    return model


def _examples(number: int, longest: int) -> list[Example]:
    random = np.random.default_rng(0)
    made = []
    for i, length in enumerate(random.integers(longest // 8, longest, number).tolist()):
        tokens = random.integers(0, _VOCABULARY, length).astype(np.int32)
        made.append(Example(str(i), tokens, np.arange(length) >= length // 2))
    return made


def _step(model: Any, examples: list[Example], kind: str, precision: str) -> tuple[Any, Any]:
    held = make_batch(examples, kind, "cuda", 0)
    with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
        logps = token_logprobs(model, held)
    logps.mean().backward()
    gradient = torch.cat([p.grad.flatten() for p in model.parameters()])
    model.zero_grad()
    return logps.detach(), gradient


def test_padding_free_equals_padded() -> None:
    """In float32 (an attention a sequence) nearly bit by bit; in bfloat16 (the kernel) as near to it as padding is."""
    torch.backends.cuda.matmul.allow_tf32 = False
    examples = _examples(6, 300)
    exact, exact_gradient = _step(_model(PADDED, 2), examples, PADDED, "fp32")
    logps, gradient = _step(_model(NAME, 2), examples, NAME, "fp32")
    torch.testing.assert_close(logps, exact, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(gradient, exact_gradient, rtol=1e-3, atol=1e-5)
    padded = _step(_model(PADDED, 2), examples, PADDED, "bf16")[0]
    logps, gradient = _step(_model(NAME, 2), examples, NAME, "bf16")
    assert (logps - exact).abs().mean() < 2 * (padded - exact).abs().mean() + 1e-4
    assert torch.nn.functional.cosine_similarity(gradient, exact_gradient, dim=0) > 0.99


def test_sequences_do_not_see_each_other_in_the_kernel() -> None:
    model, examples = _model(NAME, 2), _examples(4, 200)
    found = []
    for by in (0, 1):
        moved = Example("1", (examples[1].tokens + by) % _VOCABULARY, examples[1].targets)
        held = make_batch([examples[0], moved, *examples[2:]], NAME, "cuda", 0)
        with torch.no_grad(), torch.autocast("cuda", torch.bfloat16):
            found.append(token_logprobs(model, held))
    others = held.sequence != 1
    torch.testing.assert_close(found[0][others], found[1][others], rtol=0, atol=1e-6)
    assert not torch.allclose(found[0][~others], found[1][~others], atol=1e-3)


def test_speed_and_memory() -> None:
    """Forward and backward of 16 sequences of 256 to 2,048 tokens, shape of smollm2-135m, bf16: prints tokens/s and GiB."""
    examples = _examples(16, 2048)
    tokens = sum(len(example.tokens) for example in examples)
    speed = {}
    for kind in (NAME, PADDED):
        model = _model(kind, 30)
        for _ in range(3):
            _step(model, examples, kind, "bf16")
        torch.cuda.reset_peak_memory_stats()
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(5):
            _step(model, examples, kind, "bf16")
        torch.cuda.synchronize()
        speed[kind] = 5 * tokens / (time.perf_counter() - start)
        memory = torch.cuda.max_memory_allocated() / 2**30
        print(f"\n{kind}: {speed[kind]:,.0f} tokens/s, {memory:.1f} GiB at most")
        del model
    assert speed[NAME] > speed[PADDED]
