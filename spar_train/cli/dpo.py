"""`spar-train dpo`: direct preference optimisation."""

from __future__ import annotations

from typing import Any

import click

from spar_train.cli.training_options import run_training, training_options
from spar_train.config import DPO, DPO_WEIGHTS


@click.command()
@click.option(
    "--recipe",
    type=click.Choice(sorted(DPO_WEIGHTS)),
    default="spar",
    show_default=True,
    help="Method whose --beta and --nll-weight are the defaults.",
)
@training_options(DPO, without=("train_critique",))
def dpo(recipe: str, **values: Any) -> None:
    """Train a model on the pairs of ROWS (.parquet or .jsonl). The reference is the start model.

    \b
    Examples:
      spar-train dpo pairs/dpo.parquet --model runs/actor-0/model --out runs/actor-1
      spar-train dpo pairs.jsonl --model runs/actor-0/model --recipe iterative-rpo --held-out 200 --out runs/actor-1
      spar-train dpo pairs.parquet --model smollm2 --max-steps 4 --dry-run --out runs/try
      accelerate launch --config_file $(spar-train config zero3) -m spar_train.cli.main dpo pairs.parquet \\
          --model runs/actor-0/model --out runs/actor-1
    """
    from spar_train.training import train

    run_training(train.dpo, recipe=recipe, **values)
