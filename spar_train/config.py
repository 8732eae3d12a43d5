"""The config of a training. Defaults are those of SPaR's configs/sft.yaml and configs/dpo.yaml (LLaMA-Factory).

There a step holds 2 rows per device x 4 accumulations (SFT) or x 2 (DPO) x the 8 GPUs that the authors' scripts assume: 64
and 32 rows. Here `batch_size` sets the rows of a step directly; how they are cut over devices never changes the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from spar_data.core.config import Config, required, setting


@dataclass(frozen=True)
class TrainingConfig(Config):
    """Every value that decides how a model is trained.

    `SFT`, `DPO` and `RFT` hold the paper's values; change some with `dataclasses.replace(DPO, learning_rate=5e-7)`. Raises
    SparError for a value outside its limits.
    """

    learning_rate: float = required("Peak learning rate.", above=0, metavar="X")
    epochs: float = required("Passes over the rows; 0.5 trains on half of them.", above=0, metavar="X")
    schedule: str = required(
        "Learning rate after the warm-up.", choices=("constant_with_warmup", "linear", "cosine", "constant")
    )
    warmup_ratio: float = required("Share of the steps that warm up.", at_least=0, at_most=1, metavar="X")
    batch_size: int = required("Rows of an optimizer step, over all processes.", at_least=1, metavar="N")
    max_length: int = required(
        "Longest sequence in tokens. Longer rows are set aside, never cut.", at_least=2, metavar="N"
    )
    beta: float = setting(0.1, "Strength of the pull towards the reference model.", above=0, metavar="X")
    nll_weight: float = setting(0.1, "Weight of the chosen reply's NLL per token.", at_least=0, metavar="X")
    weight_decay: float = setting(0.0, "Weight decay of matrices; vectors have none.", at_least=0, metavar="X")
    max_grad_norm: float = setting(1.0, "Gradients are clipped to this norm.", above=0, metavar="X")
    seed: int = setting(42, "Seed for the order of rows, dropout and the first LoRA weights.", metavar="N")
    precision: str = setting(
        "auto",
        "Number format of the arithmetic; auto: bf16 on a GPU, fp32 on a CPU. Weights are always float32.",
        choices=("auto", "bf16", "fp32"),
    )
    gradient_checkpointing: bool = setting(
        False, "Recompute activations in the backward pass: less memory, about a third more time."
    )
    lora: int = setting(0, "Rank of LoRA adapters; 0 trains all weights.", at_least=0, metavar="N")
    lora_alpha: int = setting(0, "LoRA alpha.", at_least=0, metavar="N", shown="twice the rank")
    attention: str = setting(
        "auto",
        "padding-free packs the sequences of a micro-batch into one row; auto: where the model allows it.",
        choices=("auto", "padding-free", "padded"),
    )
    tokens_per_batch: int = setting(
        16_384, "Tokens of a micro-batch: as many as memory holds. Does not change the result.", at_least=1, metavar="N"
    )
    # The paper's text puts the loss on the refinement alone; its LLaMA-Factory configuration trains the critique as well.
    train_critique: bool = setting(False, "Train on all replies of a dialogue, not only on the last one.")
    max_steps: int = setting(0, "Stop after N steps; 0: as many as --epochs gives.", at_least=0, metavar="N")
    save_every: int = setting(20, "Steps between checkpoints; 0: only one, at the end.", at_least=0, metavar="N")
    keep: int = setting(2, "Number of checkpoints to keep.", at_least=1, metavar="N")
    save_dtype: str = setting(
        "auto",
        "Number format of the saved weights; auto: that of the start model.",
        choices=("auto", "float32", "bfloat16", "float16"),
    )

    @property
    def lora_scaling(self) -> float:
        """The factor of an adapter's product: alpha over the rank."""
        return (self.lora_alpha or 2 * self.lora) / self.lora


SFT = TrainingConfig(
    learning_rate=2e-6, epochs=5.0, schedule="constant_with_warmup", warmup_ratio=0.1, batch_size=64, max_length=4096
)
DPO = TrainingConfig(
    learning_rate=2e-7, epochs=1.0, schedule="linear", warmup_ratio=0.1, batch_size=32, max_length=2048
)
RFT = SFT  # the authors train on accepted rows with the same configs/sft.yaml


class DpoWeights(NamedTuple):
    """The two weights of the DPO loss: `beta`, and `nll_weight` of the NLL term."""

    beta: float
    nll_weight: float


DPO_WEIGHTS = {
    "spar": DpoWeights(0.1, 0.1),  # configs/dpo.yaml: pref_beta, pref_ftx
    "direct": DpoWeights(0.1, 0.1),  # SPaR's own ablation: the same training on sampled pairs
    "iterative-rpo": DpoWeights(0.1, 1.0),  # arXiv 2404.19733: alpha 1 throughout, beta 0.1 on GSM8K
    "self-rewarding": DpoWeights(0.1, 0.0),  # arXiv 2401.10020: plain DPO
    "meta-rewarding": DpoWeights(0.1, 0.0),  # arXiv 2407.19594: plain DPO
    "spin": DpoWeights(0.1, 0.0),  # arXiv 2401.01335: lambda 0.1 (5.0 in its last iteration), no NLL term
}
