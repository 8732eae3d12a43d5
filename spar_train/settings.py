"""The training settings of SPaR, from the authors' configs/sft.yaml and configs/dpo.yaml (LLaMA-Factory, 8 GPUs)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SFT:
    """Actor SFT, refiner SFT and RFT: full fine-tuning in bf16 with ZeRO-3."""

    learning_rate: float = 2e-6
    epochs: int = 5
    schedule: str = "constant_with_warmup"
    warmup_ratio: float = 0.1
    batch_per_device: int = 2
    gradient_accumulation: int = 4
    max_length: int = 4096


@dataclass(frozen=True)
class DPO:
    """Actor DPO: sigmoid loss plus nll_weight times the length-normalised NLL of the chosen side."""

    learning_rate: float = 2e-7
    epochs: int = 1
    schedule: str = "linear"
    warmup_ratio: float = 0.1
    batch_per_device: int = 2
    gradient_accumulation: int = 2
    max_length: int = 2048
    beta: float = 0.1
    nll_weight: float = 0.1
