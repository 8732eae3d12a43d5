"""Memory plans: by hand, and compared with the bytes that torch keeps."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from tiny_config import TINY

from spar_train.config import DPO, SFT
from spar_train.planning.devices import GIB, GPUS, cpu
from spar_train.planning.memory_plan import (
    Workload,
    activations,
    flops_of_token,
    memory_parts,
    micro_batch,
    plan_memory,
)
from spar_train.planning.shape import SIZES, shape_of_config


def test_fixed_memory_by_hand() -> None:
    """Llama-3-8B on one GPU: 16 bytes a parameter, of which 4 are weights, 4 gradients, 8 AdamW: 128.5 GB. On 8 with shards an
    eighth of each. LoRA of rank 16: 16 x 32 layers x (2 (4096 + 4096) + 2 (4096 + 1024) + 3 (4096 + 14336)) = 41.9 M."""
    model = SIZES["llama-3-8b"]
    work = Workload("dpo", 1000, 600)
    parts = {p.name: p.bytes for p in plan_memory(model, DPO, GPUS["h100"], work).parts}
    assert parts["weights, float32"] == parts["gradients, float32"] == 4 * 8_030_261_248
    assert parts["AdamW, two moments"] == 8 * 8_030_261_248
    assert parts["bf16 copies of the matrices"] == 2 * (32 * 218_103_808 + 128256 * 4096)
    eight = dataclasses.replace(GPUS["h100"], count=8, sharded=True)
    parts = {p.name: p.bytes for p in plan_memory(model, DPO, eight, work).parts}
    assert parts["weights, float32"] == 4 * 8_030_261_248 / 8
    assert parts["AdamW, two moments"] == 8_030_261_248
    lora = plan_memory(model, dataclasses.replace(DPO, lora=16), GPUS["h100"], work)
    assert lora.trained == 41_943_040
    assert {p.name: p.bytes for p in lora.parts}["AdamW, two moments"] == 8 * 41_943_040
    copies = plan_memory(model, DPO, dataclasses.replace(GPUS["h100"], count=8), work)
    assert {p.name: p.bytes for p in copies.parts}["buckets of DDP"] == 4 * 8_030_261_248


def test_activations_by_hand() -> None:
    """SmolLM2-135M in float32: 4 (4 x 576 + 2 + 9) + 4 (2 x 576 + 2 x 576 + 2 x 192 + 4 x 1536) = 44,588 bytes a layer and
    token; in bf16: 9,260 + 2 (5 x 576 + 1152 + 384 + 6144) = 30,380. With 1,000 tokens and checkpointing: 30 x 576 x 4 x 1000
    and one layer."""
    model = SIZES["smollm2-135m"]
    assert activations(model, 4) == 44_588
    assert activations(model, 2) == 30_380
    lean = dataclasses.replace(SFT, gradient_checkpointing=True)
    parts = {p.name: p.bytes for p in memory_parts(model, lean, GPUS["4090"], 1000, 0.5, model.parameters)}
    assert parts["activations: inputs of the layers, and one layer"] == 69_120_000 + 30_380_000


def test_micro_batch() -> None:
    """16,384 tokens; a longer row is alone; a device's rows of a step may be fewer."""
    assert micro_batch(DPO, GPUS["h100"], Workload("dpo", 10_000, 500)) == 16_384
    assert micro_batch(dataclasses.replace(DPO, tokens_per_batch=100), GPUS["h100"], Workload("dpo", 99, 50)) == 4096
    assert micro_batch(DPO, GPUS["h100"], Workload("dpo", 3, 50, longest=100)) == 600
    assert micro_batch(DPO, dataclasses.replace(GPUS["h100"], count=32), Workload("dpo", 99, 50, longest=100)) == 200
    assert micro_batch(DPO, GPUS["h100"], Workload("dpo", 99, 50, longest=100, step=5000)) == 5000


def test_time_by_hand() -> None:
    """Llama-3-8B, SFT, 500 tokens of which half are targets: a token is multiplied with 32 layers of 218,103,808 and their
    norms, and half of 128,256 x 4,096; attention 2 x 500 x 4,096 x 32."""
    model = SIZES["llama-3-8b"]
    work = Workload("sft", 8000, 500)
    forward = 2 * (6_979_584_000 + 4096 + 128256 * 4096 / 2) + 2 * 500 * 4096 * 32
    assert model.multiplied == 6_979_584_000 + 4096
    assert flops_of_token(model, SFT, work) == pytest.approx(3 * forward)
    assert flops_of_token(model, dataclasses.replace(SFT, gradient_checkpointing=True), work) == pytest.approx(
        4 * forward
    )
    assert flops_of_token(model, dataclasses.replace(SFT, lora=8), work) == pytest.approx(2 * forward)
    pairs = plan_memory(model, DPO, GPUS["h100"], Workload("dpo", 8000, 500))
    assert (pairs.steps, pairs.tokens) == (250, 8_000_000)
    assert pairs.flops == pytest.approx(8_000_000 * 4 * forward)  # 3, and 1 of the reference
    found = plan_memory(model, SFT, GPUS["h100"], work)
    assert (found.steps, found.tokens) == (625, 20_000_000)
    assert found.seconds == pytest.approx(20_000_000 * 3 * forward / 989e12 / 0.4)
    short = plan_memory(model, dataclasses.replace(SFT, max_steps=125), GPUS["h100"], work)
    assert (short.steps, short.tokens) == (125, 4_000_000)
    long = plan_memory(model, dataclasses.replace(SFT, max_steps=1250), GPUS["h100"], work)
    assert (long.steps, long.tokens) == (1250, 40_000_000)  # as many epochs as they take


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("checkpointing", [False, True])
def test_activations_equal_those_that_autograd_keeps(half: bool, checkpointing: bool) -> None:
    """Bytes that autograd keeps for the backward pass of two layers more, exactly. Under autocast also the copies of their
    matrices."""
    tokens = 256
    sizes = [_kept(layers, tokens, half, checkpointing) for layers in (1, 3)]
    found = (sizes[1] - sizes[0]) / 2
    model = shape_of_config(TINY)
    wanted = 4 * model.hidden if checkpointing else activations(model, 2 if half else 4)
    copies = 2 * model.matrices_of_layer if half and not checkpointing else 0
    assert found == wanted * tokens + copies


def _kept(layers: int, tokens: int, half: bool, checkpointing: bool) -> int:
    t = pytest.importorskip("torch")
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(**{**TINY, "num_hidden_layers": layers}, attn_implementation="sdpa", use_cache=False)
    model = LlamaForCausalLM(config).train()
    if checkpointing:
        model.gradient_checkpointing_enable()
    own = {p.untyped_storage().data_ptr() for p in model.parameters()}
    kept: dict[int, Any] = {}  # the tensors too, so that no address is used again

    def pack(tensor: Any) -> Any:
        if tensor.untyped_storage().data_ptr() not in own:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    ids = t.arange(tokens)[None] % 128
    with t.autograd.graph.saved_tensors_hooks(pack, lambda x: x), t.autocast("cpu", t.bfloat16, enabled=half):
        model.model(ids).last_hidden_state.sum()
    return sum(each.untyped_storage().nbytes() for each in kept.values())


def test_states_equal_those_that_torch_keeps() -> None:
    """Weights, gradients and AdamW's moments of a tiny model: 16 bytes a parameter, and a step count for each tensor."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    model = LlamaForCausalLM(LlamaConfig(**TINY))
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.arange(8)[None]).logits.sum().backward()
    optimizer.step()
    tensors = [*model.parameters(), *(p.grad for p in model.parameters() if p.grad is not None)]
    tensors += [v for state in optimizer.state.values() for v in state.values() if v.numel() > 1]
    parts = {
        p.name: p.bytes
        for p in memory_parts(shape_of_config(TINY), SFT, cpu(GIB, 1), 1, 0.5, shape_of_config(TINY).parameters)
    }
    names = ("weights, float32", "gradients, float32", "AdamW, two moments")
    assert sum(t.numel() * t.element_size() for t in tensors) == sum(parts[name] for name in names)
