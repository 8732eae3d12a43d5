"""Log-probabilities and gradients do not depend on packing, micro-batches or processes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from tiny_llama import VOCABULARY, example, llama
from torch.utils._python_dispatch import TorchDispatchMode

from spar_train.data.examples import Example
from spar_train.training import forward, losses
from spar_train.training.attention import NAME, register
from spar_train.training.batches import micro_batches
from spar_train.training.forward import PADDED, Batch, log_softmax_at, make_batch, sequence_logprobs, token_logprobs

IMPLEMENTATION = {NAME: NAME, PADDED: "sdpa"}


EXAMPLES = [example(9, 4, seed=1), example(5, 1, seed=2), example(21, 15, seed=3), example(2, 1, seed=4)]


def _model(kind: str, dtype: Any = torch.float64) -> Any:
    register()
    model = llama().to(dtype)
    model.set_attn_implementation(IMPLEMENTATION[kind])
    return model


def _gradient(model: Any) -> list[Any]:
    found = [parameter.grad.clone() for parameter in model.parameters()]
    model.zero_grad()
    return found


def _plainly(model: Any, one: Example) -> Any:
    """log p of the targets of one sequence, by torch's own log_softmax over all logits."""
    tokens = torch.as_tensor(one.tokens).long()
    logps = model(input_ids=tokens[None]).logits[0].log_softmax(-1)
    return torch.stack([logps[i - 1, tokens[i]] for i in np.flatnonzero(one.targets)])


def test_the_content_of_a_batch() -> None:
    """Sequences of 3 and 2 tokens; targets: the last two of the first, the last of the second."""
    first = Example("a", np.array([5, 6, 7], np.int32), np.array([False, True, True]))
    second = Example("b", np.array([8, 9], np.int32), np.array([False, True]))
    packed = make_batch([first, second], "padding-free", "cpu", 0)
    assert packed.inputs["input_ids"].tolist() == [[5, 6, 7, 8, 9]]
    assert packed.inputs["position_ids"].tolist() == [[0, 1, 2, 0, 1]]
    assert packed.inputs["cu_seq_lens_q"].tolist() == [0, 3, 5] and packed.inputs["cu_seq_lens_q"].dtype == torch.int32
    assert packed.inputs["max_length_q"] == 3
    assert packed.inputs["logits_to_keep"].tolist() == [0, 1, 3]
    padded = make_batch([first, second], PADDED, "cpu", 0)
    assert padded.inputs["input_ids"].tolist() == [[5, 6, 7], [8, 9, 0]]
    assert padded.inputs["attention_mask"].tolist() == [[1, 1, 1], [1, 1, 0]]
    assert padded.inputs["logits_to_keep"].tolist() == [0, 1]
    assert padded.where.tolist() == [0, 1, 2]
    for each in (packed, padded):
        assert (
            each.labels.tolist() == [6, 7, 9] and each.sequence.tolist() == [0, 0, 1] and each.sizes.tolist() == [2, 1]
        )
        assert each.tokens == 5
    assert sequence_logprobs(torch.tensor([-1.0, -2.0, -4.0]), packed).tolist() == [-3.0, -4.0]
    with pytest.raises(ValueError, match="no examples"):
        make_batch([], PADDED, "cpu", 0)


@pytest.mark.parametrize("kind", [NAME, PADDED])
def test_log_probabilities_are_those_of_each_sequence_alone(kind: str) -> None:
    model = _model(kind)
    held = make_batch(EXAMPLES, kind, "cpu", 0)
    expected = [_plainly(model, one) for one in EXAMPLES]
    torch.testing.assert_close(token_logprobs(model, held), torch.cat(expected), rtol=0, atol=1e-12)
    sums = torch.stack([each.sum() for each in expected])
    torch.testing.assert_close(sequence_logprobs(token_logprobs(model, held), held), sums, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", [NAME, PADDED])
def test_sequences_of_a_batch_do_not_see_each_other(kind: str) -> None:
    model = _model(kind)
    for changed in range(len(EXAMPLES)):
        others = [token_logprobs(model, _with(changed, how, kind)) for how in (0, 1)]
        same = _with(changed, 0, kind).sequence != changed
        assert torch.equal(others[0][same], others[1][same])
        assert not torch.equal(others[0][~same], others[1][~same])


def _with(changed: int, by: int, kind: str) -> Batch:
    """The batch, each token of one sequence moved by so much."""
    moved = dataclasses.replace(EXAMPLES[changed], tokens=(EXAMPLES[changed].tokens + by) % VOCABULARY)
    return make_batch([moved if i == changed else one for i, one in enumerate(EXAMPLES)], kind, "cpu", 0)


def test_a_batch_without_borders_gives_other_log_probabilities() -> None:
    """The test above can fail: one sequence made of all changes what its later parts see."""
    model, held = _model(NAME), make_batch(EXAMPLES, NAME, "cpu", 0)
    right = token_logprobs(model, held)
    for name in ("cu_seq_lens_q", "cu_seq_lens_k", "max_length_q", "max_length_k"):
        del held.inputs[name]
    assert not torch.allclose(token_logprobs(model, held), right, atol=1e-3)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("checkpointing", [False, True], ids=["plain", "gradient checkpointing"])
def test_padded_and_padding_free_gradients_are_equal(dtype: Any, checkpointing: bool) -> None:
    found = []
    for kind in (NAME, PADDED):
        model = _model(kind, dtype).train()
        if checkpointing:
            model.gradient_checkpointing_enable()
        logps = token_logprobs(model, make_batch(EXAMPLES, kind, "cpu", 3))
        losses.sft_loss(logps, len(logps)).backward()
        found.append((logps.detach(), _gradient(model)))
    exact = dtype == torch.float64
    torch.testing.assert_close(*found, rtol=0 if exact else 1e-4, atol=1e-12 if exact else 1e-5)


def _pairs(number: int) -> list[tuple[Example, Example]]:
    sizes = np.random.default_rng(0).integers(1, 20, (number, 2))
    return [(example(4 + a, a, 2 * i), example(4 + b, b, 2 * i + 1)) for i, (a, b) in enumerate(sizes.tolist())]


def _dpo_step(
    model: Any, kind: str, cut: Sequence[Sequence[Sequence[int]]], number: int
) -> tuple[list[Any], list[Any]]:
    """Gradients and stats of one step of DPO against constant reference log-probabilities, summed over all shares."""
    pairs, stats = _pairs(number), None
    for share in cut:
        for rows in share:
            if not rows:
                continue
            held = make_batch([pairs[i][0] for i in rows] + [pairs[i][1] for i in rows], kind, "cpu", 0)
            chosen, rejected = sequence_logprobs(token_logprobs(model, held), held).chunk(2)
            ref_chosen, ref_rejected = torch.tensor([[-20.0 - i, -30.0 + i] for i in rows]).to(chosen.dtype).T
            loss, part = losses.dpo_loss(
                chosen, rejected, ref_chosen, ref_rejected, held.sizes[: len(rows)], 0.1, 0.1, number
            )
            loss.backward()
            stats = losses.DpoFigures(*map(torch.add, stats, part)) if stats else part
    assert stats is not None
    return _gradient(model), list(stats)


def test_a_step_of_dpo_is_the_same_however_it_is_cut() -> None:
    number = 9
    lengths = [len(a.tokens) + len(b.tokens) for a, b in _pairs(number)]
    model = _model(NAME)
    whole = _dpo_step(model, NAME, [[list(range(number))]], number)
    seen = set()
    for budget, processes in ((1, 1), (60, 1), (60, 2), (200, 2), (90, 3), (10**6, 4)):
        cut = micro_batches(range(number), lengths, budget, processes)
        seen.add(str(cut))
        torch.testing.assert_close(_dpo_step(model, NAME, cut, number), whole, rtol=0, atol=1e-12)
    assert len(seen) == 6
    padded = _dpo_step(_model(PADDED), PADDED, micro_batches(range(number), lengths, 80, 2, padded=True), number)
    torch.testing.assert_close(padded, whole, rtol=0, atol=1e-12)


def test_a_step_of_sft_is_the_same_however_it_is_cut() -> None:
    rows = [example(3 + 5 * i % 23, 1 + i % 3, seed=i) for i in range(12)]
    tokens = sum(int(one.targets.sum()) for one in rows)
    model = _model(NAME)

    def step(cut: list[list[list[int]]]) -> list[Any]:
        for share in cut:
            for some in share:
                if some:
                    losses.sft_loss(
                        token_logprobs(model, make_batch([rows[i] for i in some], NAME, "cpu", 0)), tokens
                    ).backward()
        return _gradient(model)

    whole = step([[list(range(12))]])
    lengths = [len(one.tokens) for one in rows]
    for budget, processes in ((1, 1), (40, 1), (40, 2), (64, 3)):
        torch.testing.assert_close(
            step(micro_batches(range(12), lengths, budget, processes)), whole, rtol=0, atol=1e-12
        )


@pytest.mark.parametrize("piece", [1, 7 * 10, 2**24])
def test_log_softmax_in_pieces_equals_that_of_torch(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forward, "_PIECE", piece)
    torch.manual_seed(0)
    logits = (10 * torch.randn(23, 10, dtype=torch.float64)).requires_grad_()
    for where in (torch.arange(23), torch.tensor([0, 4, 9, 22])):
        labels = torch.randint(0, 10, where.shape)
        weights = torch.randn(len(where), dtype=torch.float64)
        ours = log_softmax_at(logits, where, labels)
        theirs = torch.log_softmax(logits, -1)[where, labels]
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-13)
        (a,) = torch.autograd.grad((ours * weights).sum(), logits)
        (b,) = torch.autograd.grad((theirs * weights).sum(), logits)
        torch.testing.assert_close(a, b, rtol=0, atol=1e-13)
    assert torch.autograd.gradcheck(lambda x: log_softmax_at(x, torch.tensor([1, 5]), torch.tensor([0, 9])), logits)


def test_half_precision_logits_are_normalised_in_float32() -> None:
    torch.manual_seed(0)
    logits = (5 * torch.randn(6, 5000)).bfloat16().requires_grad_()
    where, labels = torch.arange(6), torch.randint(0, 5000, (6,))
    ours = log_softmax_at(logits, where, labels)
    assert ours.dtype == torch.float32
    torch.testing.assert_close(ours, torch.log_softmax(logits.float(), -1)[where, labels], rtol=0, atol=1e-5)
    ours.sum().backward()
    assert logits.grad is not None and logits.grad.dtype == torch.bfloat16


class _Largest(TorchDispatchMode):
    """The most elements of any float32 tensor that an operation makes."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        for each in made if isinstance(made, tuple | list) else (made,):
            if isinstance(each, torch.Tensor) and each.dtype == torch.float32:
                self.numbers = max(self.numbers, each.numel())
        return made


def test_no_float32_copy_of_the_logits_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """200 target tokens, 5,000 words: neither saved for the backward pass nor made for a moment. torch's own does both."""
    monkeypatch.setattr(forward, "_PIECE", 10 * 5000)
    where, labels = torch.arange(200), torch.randint(0, 5000, (200,))
    found = {}
    for name, function in (
        ("ours", log_softmax_at),
        ("torch", lambda x, at, label: torch.log_softmax(x.float(), -1)[at, label]),
    ):
        logits = torch.randn(200, 5000).bfloat16().requires_grad_()
        saved: list[Any] = []
        with (
            _Largest() as largest,
            torch.autograd.graph.saved_tensors_hooks(lambda x, s=saved: s.append(x) or x, lambda x: x),
        ):
            function(logits, where, labels).sum().backward()
        copies = [x for x in saved if x.numel() >= 200 * 5000 and x.untyped_storage().data_ptr() != logits.data_ptr()]
        found[name] = (len(copies), largest.numbers)
    assert found["ours"] == (0, 10 * 5000)
    assert found["torch"][0] >= 1 and found["torch"][1] == 200 * 5000


def test_logits_are_made_before_targets_only() -> None:
    model, shapes = _model(NAME), []
    model.lm_head.register_forward_hook(lambda module, given, made: shapes.append(tuple(made.shape)))
    token_logprobs(model, make_batch(EXAMPLES, NAME, "cpu", 0))
    model.set_attn_implementation("sdpa")
    token_logprobs(model, make_batch(EXAMPLES, PADDED, "cpu", 0))
    targets = sum(int(one.targets.sum()) for one in EXAMPLES)
    needed = len({int(i) for one in EXAMPLES for i in np.flatnonzero(one.targets)})
    assert shapes == [(1, targets, VOCABULARY), (4, needed, VOCABULARY)]


@pytest.mark.parametrize("kind", [NAME, PADDED])
def test_autocast_to_bfloat16_stays_near(kind: str) -> None:
    """Rotary positions make float32 of queries and keys, values stay bfloat16: the attention puts them together again."""
    model = _model(kind, torch.float32)
    held = make_batch(EXAMPLES, kind, "cpu", 0)
    exact = token_logprobs(model, held)
    with torch.autocast("cpu", torch.bfloat16):
        near = token_logprobs(model, held)
    assert near.dtype == torch.float32
    assert 0 < (near - exact).abs().max() < 0.2
    near.sum().backward()
    assert all(p.grad.dtype == torch.float32 and p.grad.isfinite().all() for p in model.parameters())


def test_adapters_take_the_same_batches() -> None:
    from peft import LoraConfig, get_peft_model

    held, grown = make_batch(EXAMPLES, NAME, "cpu", 0), _model(NAME)
    plain = token_logprobs(grown, held)
    grown = get_peft_model(grown, LoraConfig(r=2, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    logps = token_logprobs(grown, held)
    torch.testing.assert_close(logps, plain, rtol=0, atol=1e-12)  # new adapters are zero
    logps.sum().backward()
    trained = [name for name, p in grown.named_parameters() if p.grad is not None]
    assert trained and all("lora_" in name for name in trained)


def test_a_model_without_logits_to_keep() -> None:
    model = _model(NAME)

    def whole(logits_to_keep: Any, **inputs: Any) -> Any:
        return model(**inputs)

    held = make_batch(EXAMPLES, NAME, "cpu", 0)
    torch.testing.assert_close(token_logprobs(whole, held), token_logprobs(model, held), rtol=0, atol=1e-12)
