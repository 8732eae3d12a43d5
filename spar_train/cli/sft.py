"""`spar-train sft`: supervised fine-tuning."""

from __future__ import annotations

from typing import Any

import click

from spar_train.cli.training_options import run_training, training_options
from spar_train.config import SFT


@click.command()
@training_options(SFT, without=("beta", "nll_weight"))
def sft(**values: Any) -> None:
    """Train a model on the dialogues of ROWS (.parquet or .jsonl); the loss is on their last reply.

    \b
    Examples:
      spar-train sft runs/sft/actor.parquet --model meta-llama/Llama-3.1-8B-Instruct --out runs/actor-0
      spar-train sft runs/sft/judge.parquet runs/sft/refine.parquet --model runs/actor-0/model --out runs/refiner-0
      spar-train sft actor.parquet --model smollm2 --lora 16 --learning-rate 1e-4 --held-out 100 --out runs/actor-0
      accelerate launch --config_file $(spar-train config fsdp) -m spar_train.cli.main sft actor.parquet \\
          --model meta-llama/Llama-3.1-8B-Instruct --out runs/actor-0
    """
    from spar_train.training import train

    run_training(train.sft, **values)
