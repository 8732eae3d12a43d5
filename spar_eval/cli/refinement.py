"""`spar-eval refinement`."""

from __future__ import annotations

from pathlib import Path

import click

from spar_data.cli.options import FILE, config_options
from spar_eval.benchmarks.refinement.config import RefinementConfig
from spar_eval.cli.options import RunOptions, run_options, show_plans


@click.command()
@click.option(
    "--data",
    type=FILE,
    required=True,
    help="JSON Lines with prompt, response (failing) and judgement, or the output of `spar-data judge`: its rows with the "
    "verdict No.",
)
@click.option("--model", required=True, metavar="SPEC", help="The refiner; `spar-data models` lists the kinds.")
@click.option(
    "--judge",
    "judges",
    multiple=True,
    required=True,
    metavar="SPEC",
    help="self (the refiner), rules (the checkers of the constraints) or a model; can be repeated.",
)
@click.option("--prompts", type=FILE, help="prompts.parquet of a release: constraints for `rules`.")
@click.option(
    "--guide",
    default="self",
    show_default=True,
    metavar="SPEC",
    help="Decides in every decoding but greedy: self, rules or a model.",
)
@config_options(RefinementConfig, "config")
@run_options
def refinement(
    data: Path, model: str, judges: tuple[str, ...], prompts: Path | None, guide: str, config: RefinementConfig,
    run: RunOptions,
) -> None:  # fmt: skip
    """Let a model refine responses that were judged to fail; its accuracy is the share that a judge then says Yes to.

    A refinement that failed, did not parse or changed nothing is not accurate, nor is one on which a judge comes to no verdict;
    the numbers without these are shown beside.

    \b
    Examples:
      spar-eval refinement --data judged.jsonl --model hf:runs/refiner --judge self --judge openai:gpt-4o
      spar-eval refinement --data judged.jsonl --model openai:m@http://localhost:8000/v1 --judge rules \\
          --prompts releases/spar-mini-1.0.0/data/prompts.parquet --decoding iterative --guide rules
      spar-eval refinement --data judged.jsonl --model smollm2 --judge self --votes 1 --max-tokens 100 --limit 3
    """
    from spar_eval.benchmarks.refinement.run import plan_refinement
    from spar_eval.benchmarks.refinement.run import refinement as evaluate

    if run.dry_run:
        show_plans(plan_refinement(model, data, judges, guide, prompts, run.limit, config), run.as_json)
        return
    run.run(
        lambda bar, options: evaluate(
            model, data=data, judges=judges, guide=guide, prompts=prompts, config=config, **options
        ),
        model,
        calls=lambda calls: {"calls": [{"phase": phase, **tally.to_dict()} for phase, tally in calls]},
    )
