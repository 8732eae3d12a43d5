"""The losses against arithmetic done by hand and against TRL's trainer."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_llama import CHATML, llama, tokenizer

from spar_train.data.examples import PairExample, pair_example
from spar_train.data.rows import PairRow
from spar_train.training.forward import PADDED, make_batch, sequence_logprobs, token_logprobs
from spar_train.training.losses import dpo_loss, sft_loss


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_sft_is_the_mean_over_all_target_tokens_of_the_step() -> None:
    # tokens of probability 1/2, 1/4 and 1/8: (1 + 2 + 3) ln 2 / 3 = 2 ln 2
    logps = torch.tensor([0.5, 0.25, 0.125], dtype=torch.float64).log()
    assert sft_loss(logps, 3).item() == pytest.approx(2 * math.log(2), abs=1e-12)
    assert (sft_loss(logps[:1], 3) + sft_loss(logps[1:], 3)).item() == pytest.approx(2 * math.log(2), abs=1e-12)


def _two_pairs() -> dict[str, torch.Tensor]:
    columns = {
        "chosen": [-10.0, -6.0],
        "rejected": [-12.0, -5.0],
        "ref_chosen": [-11.0, -6.5],
        "ref_rejected": [-11.5, -5.5],
        "chosen_sizes": [4.0, 12.0],
    }
    return {name: torch.tensor(values, dtype=torch.float64) for name, values in columns.items()}


def test_dpo_by_hand() -> None:
    """Pair 1: ratios -10 + 11 = 1 and -12 + 11.5 = -0.5; margin 0.1 * 1.5 = 0.15; NLL 10 / 4 = 2.5.
    Pair 2: ratios -6 + 6.5 = 0.5 and -5 + 5.5 = 0.5; margin 0; NLL 6 / 12 = 0.5.
    -ln sigmoid(0.15) = ln(1 + e^-0.15) = ln 1.860708 = 0.620957; -ln sigmoid(0) = 0.693147.
    Loss: (0.620957 + 0.1 * 2.5 + 0.693147 + 0.1 * 0.5) / 2 = 1.614104 / 2 = 0.807052."""
    loss, stats = dpo_loss(**_two_pairs(), beta=0.1, nll_weight=0.1, pairs_in_step=2)
    assert loss.item() == pytest.approx(0.807052, abs=1e-6)
    assert stats.dpo.item() == pytest.approx((0.620957 + 0.693147) / 2, abs=1e-6)
    assert stats.nll.item() == pytest.approx((2.5 + 0.5) / 2)
    assert stats.chosen_reward.item() == pytest.approx((0.1 + 0.05) / 2)
    assert stats.rejected_reward.item() == pytest.approx((-0.05 + 0.05) / 2)
    assert stats.margin.item() == pytest.approx(0.15 / 2)
    assert stats.accuracy.item() == 0.5  # equal is not better
    assert (stats.chosen_logp.item(), stats.rejected_logp.item()) == (-8.0, -8.5)


def test_gradient_of_dpo_by_hand() -> None:
    """d/d chosen_1 = (-0.1 * sigmoid(-0.15) - 0.1 / 4) / 2, d/d rejected_1 = 0.1 * sigmoid(-0.15) / 2."""
    columns = _two_pairs()
    for name in ("chosen", "rejected"):
        columns[name].requires_grad_()
    dpo_loss(**columns, beta=0.1, nll_weight=0.1, pairs_in_step=2)[0].backward()
    pull = 0.1 * _sigmoid(-0.15)
    assert columns["chosen"].grad is not None and columns["rejected"].grad is not None
    assert columns["chosen"].grad.tolist() == pytest.approx([(-pull - 0.1 / 4) / 2, (-0.05 - 0.1 / 12) / 2], abs=1e-12)
    assert columns["rejected"].grad.tolist() == pytest.approx([pull / 2, 0.05 / 2], abs=1e-12)


def test_shares_of_a_step_add_up() -> None:
    columns = _two_pairs()
    whole, all_stats = dpo_loss(**columns, beta=0.3, nll_weight=1.0, pairs_in_step=2)
    first, a = dpo_loss(**{k: v[:1] for k, v in columns.items()}, beta=0.3, nll_weight=1.0, pairs_in_step=2)
    second, b = dpo_loss(**{k: v[1:] for k, v in columns.items()}, beta=0.3, nll_weight=1.0, pairs_in_step=2)
    torch.testing.assert_close(first + second, whole, rtol=0, atol=1e-14)
    torch.testing.assert_close(tuple(map(torch.add, a, b)), tuple(all_stats), rtol=0, atol=1e-14)


def test_extreme_margins_stay_finite() -> None:
    one = torch.tensor([0.0])
    for far in (1e4, -1e4):
        loss, _ = dpo_loss(one + far, one, one, one, one + 1, beta=1.0, nll_weight=0.0, pairs_in_step=1)
        assert loss.item() == pytest.approx(max(0.0, -far))


def test_iterative_rpo_divides_by_the_whole_chosen_reply() -> None:
    """Iterative RPO's term is -log p(reasoning, answer) / (tokens of reasoning + tokens of answer). Reasoning of 3 tokens
    with log-probability -4, answer of 2 with -1: alpha * 5 / 5 = alpha."""
    reasoning, answer = torch.tensor([-4.0]), torch.tensor([-1.0])
    zero = torch.zeros(1)
    _, stats = dpo_loss(
        reasoning + answer, zero, zero, zero, torch.tensor([3 + 2]), beta=0.1, nll_weight=1.0, pairs_in_step=1
    )
    assert stats.nll.item() == pytest.approx(1.0)


_PAIRS = [
    PairRow("a", [{"role": "user", "content": "Say hello."}], "Hello! How are you?", "No."),
    PairRow("b", [{"role": "user", "content": "Name a colour, please."}], "Red", "I would rather name a number: 7"),
]


def _examples(tok: Any, pairs: list[PairRow]) -> list[PairExample]:
    made = [pair_example(pair, tok, 200) for pair in pairs]
    assert all(isinstance(each, PairExample) for each in made)
    return [each for each in made if isinstance(each, PairExample)]


def _ours(policy: Any, reference: Any, pairs: list[PairExample]) -> torch.Tensor:
    held = make_batch([pair.chosen for pair in pairs] + [pair.rejected for pair in pairs], PADDED, "cpu", 0)
    chosen, rejected = sequence_logprobs(token_logprobs(policy, held), held).chunk(2)
    with torch.no_grad():
        ref_chosen, ref_rejected = sequence_logprobs(token_logprobs(reference, held), held).chunk(2)
    sizes = held.sizes[: len(pairs)]
    return dpo_loss(chosen, rejected, ref_chosen, ref_rejected, sizes, 0.1, 0.1, len(pairs))[0]


def _trl(policy: Any, reference: Any, tok: Any, pairs: list[PairExample], folder: Path) -> torch.Tensor:
    """The loss that TRL's trainer computes for one batch of these tokens."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    settings = DPOConfig(
        str(folder), loss_type=["sigmoid", "sft"], loss_weights=[1.0, 0.1], beta=0.1, report_to="none",
        use_cpu=True, bf16=False, gradient_checkpointing=False, max_length=None,
    )  # fmt: skip
    rows = [{"prompt": "a", "chosen": " b", "rejected": " c"}]  # it insists on a data set; the batch below is ours
    trainer = DPOTrainer(
        policy, ref_model=reference, args=settings, train_dataset=Dataset.from_list(rows), processing_class=tok
    )
    policy.eval()
    items = []
    for pair in pairs:
        prompt = int((~pair.chosen.targets).sum())
        chosen, rejected = pair.chosen.tokens.tolist(), pair.rejected.tokens.tolist()
        items.append({"prompt_ids": chosen[:prompt], "chosen_ids": chosen[prompt:], "rejected_ids": rejected[prompt:]})
    loss = trainer.compute_loss(policy, trainer.data_collator(items))
    assert isinstance(loss, torch.Tensor)
    return loss


@pytest.fixture
def models() -> tuple[Any, Any, Any]:
    tok = tokenizer(CHATML)
    tok.pad_token = "</s>"
    return llama(len(tok), seed=1).eval(), llama(len(tok), seed=2).eval(), tok


def test_one_pair_as_trl_computes_it(models: tuple[Any, Any, Any], tmp_path: Path) -> None:
    policy, reference, tok = models
    for pair in _examples(tok, _PAIRS):
        ours = _ours(policy, reference, [pair])
        policy.zero_grad()
        ours.backward()
        gradient = [parameter.grad.clone() for parameter in policy.parameters()]
        policy.zero_grad()
        theirs = _trl(policy, reference, tok, [pair], tmp_path)
        theirs.backward()
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close([p.grad for p in policy.parameters()], gradient, rtol=1e-3, atol=1e-5)


def test_unequal_lengths_count_by_pair_and_not_by_token_as_in_trl(models: tuple[Any, Any, Any], tmp_path: Path) -> None:
    """TRL's NLL term is the mean over all chosen tokens of the batch: long replies weigh more. Ours, LLaMA-Factory's and
    Iterative RPO's is the mean over pairs of each reply's mean. The loss of a batch is the mean of those of its pairs."""
    policy, reference, tok = models
    pairs = _examples(tok, _PAIRS)
    with torch.no_grad():
        alone = [_ours(policy, reference, [pair]) for pair in pairs]
        together = _ours(policy, reference, pairs)
        theirs = _trl(policy, reference, tok, pairs, tmp_path)
        by_token = together - theirs
        held = make_batch([pair.chosen for pair in pairs], PADDED, "cpu", 0)
        logps = token_logprobs(policy, held)
        by_pair = -(sequence_logprobs(logps, held) / held.sizes).mean()
    torch.testing.assert_close(together, (alone[0] + alone[1]) / 2, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(by_token, 0.1 * (by_pair - sft_loss(logps, len(logps))), rtol=1e-3, atol=1e-4)
    assert by_token.abs() > 1e-3
