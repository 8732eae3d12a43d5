"""`spar-train rft`: fine-tuning on accepted rows."""

from __future__ import annotations

from typing import Any

import click

from spar_train.cli.training_options import run_training, training_options
from spar_train.config import RFT


@click.command()
@click.option(
    "--start",
    type=click.Choice(["previous", "base"]),
    default="previous",
    show_default=True,
    help="Start from --model, or from --base. The paper does not say which.",
)
@click.option("--base", default="", metavar="SPEC", help="Model before the first iteration, for --start base.")
@training_options(RFT, without=("beta", "nll_weight"))
def rft(start: str, base: str, model: str, **values: Any) -> None:
    """Train a refiner (or an actor) on accepted ROWS: supervised fine-tuning, as in `sft`.

    \b
    Examples:
      spar-train rft pairs/rft.parquet --model runs/refiner-0/model --out runs/refiner-1
      spar-train rft pairs/rft.parquet --model runs/refiner-0/model --start base --base models/start \\
          --out runs/refiner-1
    """
    from spar_train.training import train

    if (start == "base") != bool(base):
        raise click.UsageError("--start base and --base SPEC belong together")
    run_training(train.rft, model=base or model, **values)
