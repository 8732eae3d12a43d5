"""The settings of a training run. Defaults are those of SPaR's configs/sft.yaml and configs/dpo.yaml (LLaMA-Factory).

There a step holds 2 rows a device x 4 accumulations (SFT) or x 2 (DPO) x the 8 GPUs that the authors' scripts assume: 64
and 32 rows. Here the rows of a step are what is set; how they are cut over devices never changes the result.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from spar_data.core.errors import SparError, nearest

SCHEDULES = ("constant_with_warmup", "linear", "cosine", "constant")
PRECISIONS = ("auto", "bf16", "fp32")
ATTENTIONS = ("auto", "padding-free", "padded")
DTYPES = ("auto", "float32", "bfloat16", "float16")


@dataclass(frozen=True)
class Settings:
    """How to train.

    schedule         of the learning rate after the warm-up; warmup_ratio: the share of all steps that warms up.
    batch_size       rows (pairs) of an optimizer step, over all processes.
    max_length       tokens of a sequence. Longer rows are set aside, never cut.
    beta, nll_weight   DPO only: the strength of the reference, and the weight of the chosen side's NLL per token.
    precision        bf16: autocast over float32 weights; auto: bf16 on CUDA, fp32 elsewhere.
    lora             rank of the adapters, 0: all weights are trained. lora_alpha: 0 means twice the rank.
    attention        padding-free: sequences of a micro-batch in one row, without padding; auto: where the model allows it.
    tokens_per_batch   of a micro-batch.
    train_critique   loss on the earlier replies of a dialogue too (of refine rows: the critique). The paper's text has
                     the loss on the refinement alone; its LLaMA-Factory configuration trains the critique as well.
    max_steps        0: as many as epochs say.   save_every: steps, 0: at the end only.   keep: checkpoints kept.
    save_dtype       of the trained model's weights; auto: that of the model it was made from.
    """

    learning_rate: float
    epochs: float
    schedule: str
    warmup_ratio: float
    batch_size: int
    max_length: int
    beta: float = 0.1
    nll_weight: float = 0.1
    weight_decay: float = 0.0
    max_grad_norm: float = 1.0
    seed: int = 42
    precision: str = "auto"
    gradient_checkpointing: bool = False
    lora: int = 0
    lora_alpha: int = 0
    attention: str = "auto"
    tokens_per_batch: int = 16_384
    train_critique: bool = False
    max_steps: int = 0
    save_every: int = 20
    keep: int = 2
    save_dtype: str = "auto"

    def __post_init__(self) -> None:
        for name, known in (
            ("schedule", SCHEDULES),
            ("precision", PRECISIONS),
            ("attention", ATTENTIONS),
            ("save_dtype", DTYPES),
        ):
            if getattr(self, name) not in known:
                raise SparError(f"{name} = {getattr(self, name)!r} is not known.{nearest(getattr(self, name), known)}")
        for name in (
            "learning_rate",
            "epochs",
            "batch_size",
            "max_length",
            "beta",
            "max_grad_norm",
            "tokens_per_batch",
            "keep",
        ):
            _number(name, getattr(self, name), above=True)
        for name in ("nll_weight", "weight_decay", "warmup_ratio", "lora", "lora_alpha", "max_steps", "save_every"):
            _number(name, getattr(self, name), above=False)
        if self.warmup_ratio > 1:
            raise SparError(f"warmup_ratio = {self.warmup_ratio}: a share between 0 and 1 is expected")


def _number(name: str, value: float, above: bool) -> None:
    if not math.isfinite(value) or value < 0 or (above and value == 0):
        raise SparError(f"{name} = {value}: a number {'above 0' if above else 'of at least 0'} is expected")


SFT = Settings(
    learning_rate=2e-6, epochs=5.0, schedule="constant_with_warmup", warmup_ratio=0.1, batch_size=64, max_length=4096
)
DPO = Settings(learning_rate=2e-7, epochs=1.0, schedule="linear", warmup_ratio=0.1, batch_size=32, max_length=2048)
RFT = SFT  # the authors train accepted rows with the same configs/sft.yaml


class Weights(NamedTuple):
    """Of the DPO loss: beta, and alpha of the NLL term."""

    beta: float
    nll_weight: float


RECIPES = {
    "spar": Weights(0.1, 0.1),  # configs/dpo.yaml: pref_beta, pref_ftx
    "direct": Weights(0.1, 0.1),  # SPaR's own ablation: the same training on sampled pairs
    "iterative-rpo": Weights(0.1, 1.0),  # arXiv 2404.19733: alpha 1 throughout, beta 0.1 on GSM8K
    "self-rewarding": Weights(0.1, 0.0),  # arXiv 2401.10020: plain DPO
    "meta-rewarding": Weights(0.1, 0.0),  # arXiv 2407.19594: plain DPO
    "spin": Weights(0.1, 0.0),  # arXiv 2401.01335: lambda 0.1 (5.0 in its last iteration), no NLL term
}
