"""`spar-eval verifiable`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from spar_eval.cli.options import FILE
from spar_eval.instructions.evaluate import verify, verify_options


@click.command()
@click.argument("prompts", type=FILE)
@verify_options
def verifiable(prompts: Path, **options: Any) -> None:
    """Score responses to the PROMPTS of a release (its prompts.parquet) with the checkers that the prompts carry.

    Only constraints that a checker covers wholly count, and prompts that have one. Strict and loose are those of IFEval.

    \b
    Examples:
      spar-eval verifiable releases/spar-mini-1.0.0/data/prompts.parquet --model smollm2 --limit 20
      spar-eval verifiable releases/spar-mini-1.0.0/data/prompts.parquet --responses answers.jsonl
    """
    from spar_eval.benchmarks.verifiable import VERIFIABLE, prompts_of

    verify(VERIFIABLE, prompts_of(prompts), str(prompts), {"": VERIFIABLE.check}, **options)
