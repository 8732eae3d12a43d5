"""`spar-train plan`: memory and time of a training."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any

import click

from spar_data.cli.options import config_options, json_option
from spar_train.config import DPO, SFT, TrainingConfig
from spar_train.planning.training_plan import PlanConfig, plan_training

# the values of a training that memory and time depend on
_DECISIVE = ("epochs", "batch_size", "max_length", "precision", "gradient_checkpointing", "lora", "tokens_per_batch")
_WITHOUT = tuple(field.name for field in dataclasses.fields(TrainingConfig) if field.name not in _DECISIVE)


@click.command()
@config_options(PlanConfig, "config")
@config_options(TrainingConfig, "changes", _WITHOUT, partial=True, optional=True)
@json_option
def plan(config: PlanConfig, changes: dict[str, Any], as_json: bool) -> None:
    """Plan the memory and time of a training before it starts. Exit status 2 if it does not fit.

    Values that are not given are those of `spar-train settings STAGE`.

    \b
    Known sizes:
      smollm2-135m, smollm2-360m, smollm2-1.7b, qwen2.5-0.5b, qwen2.5-7b, qwen3-0.6b, qwen3-8b, llama-3.2-1b,
      llama-3.2-3b, llama-3-8b, llama-3-70b, mistral-7b, glm-4-9b

    \b
    Examples:
      spar-train plan --model llama-3-8b --stage dpo --gpu h100 --gpus 8 --sharded
      spar-train plan --model models/mine --stage sft --rows 8000 --mean-tokens 500 --gpu-memory 48 --lora 16
      spar-train plan --model smollm2-135m --stage dpo --rows 500 --mean-tokens 200 --gpu cpu
    """
    training = dataclasses.replace(DPO if config.stage == "dpo" else SFT, **changes)
    planned = plan_training(config, training)
    click.echo(json.dumps(planned.to_dict()) if as_json else repr(planned))
    if not planned.fits:
        sys.exit(2)
