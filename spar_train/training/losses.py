"""The losses, as pure functions of log-probabilities.

Each is a sum over what it is given, divided by what the whole optimizer step holds. So the losses of micro-batches and of
processes add up to that of the step, and so do their gradients, however the step was cut.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

Tensor = Any  # torch.Tensor: its package is not read by the type checker


class Stats(NamedTuple):
    """Of pairs, each already divided by the pairs of the step: sums over micro-batches are averages of the step.

    dpo, nll           the two terms of the loss; nll is not weighted (nats a token).
    chosen_reward, rejected_reward   beta * (log-probability - that of the reference); margin: their difference.
    accuracy           share of pairs whose margin is positive.
    chosen_logp, rejected_logp       of whole replies (nats).
    """

    dpo: Tensor
    nll: Tensor
    chosen_reward: Tensor
    rejected_reward: Tensor
    margin: Tensor
    accuracy: Tensor
    chosen_logp: Tensor
    rejected_logp: Tensor


def sft(logps: Tensor, tokens_in_step: int) -> Tensor:
    """The mean NLL of the step's target tokens, or this part of it. logps: [M], of target tokens."""
    return -logps.sum() / tokens_in_step


def dpo(
    chosen: Tensor,
    rejected: Tensor,
    ref_chosen: Tensor,
    ref_rejected: Tensor,
    chosen_sizes: Tensor,
    beta: float,
    nll_weight: float,
    pairs_in_step: int,
) -> tuple[Tensor, Stats]:
    """DPO with the length-normalised NLL of the chosen reply: the mean over the step's pairs, or this part of it.

    -log sigmoid(beta * ((chosen - ref_chosen) - (rejected - ref_rejected))) - nll_weight * chosen / chosen_sizes

    chosen, rejected, ref_chosen, ref_rejected: [n] log-probabilities of whole replies; chosen_sizes: [n] their tokens.
    LLaMA-Factory's pref_ftx is this nll_weight, and so is the alpha of Iterative RPO (arXiv 2404.19733, equation 2): it
    divides by the tokens of reasoning and answer, and the two together are the chosen reply.
    """
    chosen_reward = beta * (chosen - ref_chosen)
    rejected_reward = beta * (rejected - ref_rejected)
    margin = chosen_reward - rejected_reward
    preference = -F.logsigmoid(margin)
    nll = -chosen / chosen_sizes
    loss = (preference + nll_weight * nll).sum() / pairs_in_step
    parts = (preference, nll, chosen_reward, rejected_reward, margin, (margin > 0).to(margin.dtype), chosen, rejected)
    return loss, Stats(*((part.detach().sum() / pairs_in_step) for part in parts))


def add(first: Stats, second: Stats) -> Stats:
    """The stats of two parts of a step together."""
    return Stats(*map(torch.add, first, second))
