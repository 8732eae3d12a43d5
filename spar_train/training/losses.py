"""The losses, as pure functions of log-probabilities.

Each is a sum over what it is given, divided by the size of the whole optimizer step. So the losses of micro-batches and of
processes add up to that of the step, and so do their gradients, however the step was cut.
"""

from __future__ import annotations

from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor


class DpoFigures(NamedTuple):
    """Figures of pairs, already divided by the pairs of the step: sums over micro-batches are averages of the step.

    dpo, nll           the two terms of the loss; nll is not weighted (nats a token).
    chosen_reward, rejected_reward   beta * (log-probability - that of the reference); margin: their difference.
    accuracy           share of pairs with a positive margin.
    chosen_logp, rejected_logp       log-probabilities of whole replies (nats).
    """

    dpo: Tensor
    nll: Tensor
    chosen_reward: Tensor
    rejected_reward: Tensor
    margin: Tensor
    accuracy: Tensor
    chosen_logp: Tensor
    rejected_logp: Tensor


def sft_loss(logps: Tensor, tokens_in_step: int | None = None) -> Tensor:
    """The mean NLL of the step's target tokens, or this part of it.

    logps: [M] log-probabilities of target tokens. tokens_in_step: target tokens of the whole step; None: M.

    >>> import torch, spar_train
    >>> logps = torch.tensor([-1.0, -3.0])
    >>> spar_train.sft_loss(logps)
    tensor(2.)
    >>> spar_train.sft_loss(logps, tokens_in_step=4)  # half of a step
    tensor(1.)
    """
    return -logps.sum() / (len(logps) if tokens_in_step is None else tokens_in_step)


def dpo_loss(
    chosen: Tensor,
    rejected: Tensor,
    ref_chosen: Tensor,
    ref_rejected: Tensor,
    chosen_sizes: Tensor,
    beta: float = 0.1,
    nll_weight: float = 0.1,
    pairs_in_step: int | None = None,
) -> tuple[Tensor, DpoFigures]:
    """DPO with the length-normalised NLL of the chosen reply: the mean over the step's pairs, or this part of it.

    -log sigmoid(beta * ((chosen - ref_chosen) - (rejected - ref_rejected))) - nll_weight * chosen / chosen_sizes

    chosen, rejected, ref_chosen, ref_rejected: [n] log-probabilities of whole replies. chosen_sizes: [n] their tokens.
    pairs_in_step: pairs of the whole step; None: n. LLaMA-Factory's pref_ftx is this nll_weight, and so is the alpha of
    Iterative RPO (arXiv 2404.19733, equation 2): it divides by the tokens of reasoning and answer, which together are the
    chosen reply.

    >>> import torch, spar_train
    >>> chosen, rejected, size = torch.tensor([-10.0]), torch.tensor([-12.0]), torch.tensor([5])
    >>> loss, figures = spar_train.dpo_loss(chosen, rejected, chosen, rejected, size)  # before the first step
    >>> round(loss.item(), 4), figures.dpo.item() == torch.tensor(2.0).log().item(), figures.nll.item()
    (0.8931, True, 2.0)
    >>> loss, figures = spar_train.dpo_loss(chosen, rejected, chosen - 5, rejected, size, nll_weight=0.0)
    >>> figures.margin.item(), round(loss.item(), 4)
    (0.5, 0.4741)
    """
    pairs = len(chosen) if pairs_in_step is None else pairs_in_step
    chosen_reward = beta * (chosen - ref_chosen)
    rejected_reward = beta * (rejected - ref_rejected)
    margin = chosen_reward - rejected_reward
    preference = -F.logsigmoid(margin)
    nll = -chosen / chosen_sizes
    loss = (preference + nll_weight * nll).sum() / pairs
    parts = (preference, nll, chosen_reward, rejected_reward, margin, (margin > 0).to(margin.dtype), chosen, rejected)
    return loss, DpoFigures(*((part.detach().sum() / pairs) for part in parts))
