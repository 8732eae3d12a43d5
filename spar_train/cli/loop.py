"""`spar-train loop`: self-play, training and evaluation, iteration by iteration."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from spar_data.cli.options import FILE, config_options, json_option
from spar_train.loop.config import LoopConfig


@click.command()
@click.argument("prompts")
@config_options(LoopConfig, "values", partial=True)
@click.option("--out", type=FILE, required=True, help="Folder of the loop. A loop that was stopped there continues.")
@click.option("--dry-run", is_flag=True, help="Print every command and the numbers of prompts; write nothing.")
@click.option("--verbose", is_flag=True, help="Show everything that the steps print. OUT/logs keeps it in any case.")
@json_option
def loop(prompts: str, out: str, values: dict[str, Any], dry_run: bool, verbose: bool, as_json: bool) -> None:
    """Improve an actor and a refiner by self-play on PROMPTS.

    Each iteration samples responses, judges them, searches for refinements, makes pairs, trains the actor by DPO and the
    refiner by RFT, and evaluates both. Each step is a command, which --dry-run prints. A loop that was stopped or killed
    continues in the same step. Prompts of evaluations, and those close to them, are never trained on. For gold recipes PROMPTS
    are problems (see `spar-data gold`).

    --pairs: `spar-data pairs --help` and `spar-data gold --help` describe the recipes. The refiner is trained too if a recipe
    needs search trees. star and rest-em train the first actor again in each iteration.

    \b
    Examples:
      spar-train loop prompts.parquet --actor hf:models/actor --refiner hf:models/refiner --out runs/loop --dry-run
      spar-train loop releases/spar-mini-1.0.0/data/prompts.parquet --actor smollm2 --refiner smollm2 --refiner rules \\
          --judge rules --iterations 2 --per-iteration 32 --eval held-out:40 --set selfplay.max-tokens=120 --out runs/loop
      spar-train loop gsm8k/train.jsonl --actor vllm:models/actor --pairs iterative-rpo --eval ifeval=input_data.jsonl \\
          --accelerate spar_train/configs/zero3.yaml --out runs/rpo
    """
    from spar_train.loop.run_loop import run_loop

    output = (sys.stderr if as_json else sys.stdout) if verbose else None
    result = run_loop(
        prompts, out=out, dry_run=dry_run, say=lambda line: click.echo(line, err=as_json), output=output, **values
    )
    click.echo(json.dumps(result.to_dict()) if as_json else f"{'' if dry_run else chr(10)}{result}")
