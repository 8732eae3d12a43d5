"""`spar-eval followbench`."""

from __future__ import annotations

from pathlib import Path

import click

from spar_data.cli.options import config_options
from spar_eval.benchmarks.followbench.config import FollowBenchConfig
from spar_eval.cli.options import RunOptions, model_or_responses, run_options, show_plans


@click.command()
@click.option(
    "--data",
    metavar="PATH",
    help="Folder of FollowBench's CATEGORY_constraints.json, or the table of all rows, on the Hub or local.  [default: that "
    "folder under $SPAR_BENCHMARKS, else YuxinJiang/FollowBench]",
)
@model_or_responses
@click.option("--judge", metavar="SPEC", help="The model that judges what no rule can; any kind of model.")
@config_options(FollowBenchConfig, "config", without=("samples",))
@run_options
def followbench(
    data: str | None, model: str | None, responses: Path | None, judge: str | None, config: FollowBenchConfig,
    run: RunOptions,
) -> None:  # fmt: skip
    """FollowBench: instructions that gain one constraint a level. Reports HSR, SSR and CSL.

    --limit takes the first N groups (5 prompts each) of every category. Prompts of the category example and of some sources
    are scored by rules, the others by the judge, who sees how the instruction grew.

    \b
    Examples:
      spar-eval followbench --data FollowBench/data --model smollm2 --judge openai:gpt-4o-mini
      spar-eval followbench --data FollowBench/data --responses answers.jsonl --judge openai:gpt-4o-mini --votes 3
      spar-eval followbench --data FollowBench/data --model smollm2 --rules-only --checker fixed
    """
    from spar_eval.benchmarks.followbench.run import followbench as evaluate
    from spar_eval.benchmarks.followbench.run import plan_followbench

    if run.dry_run:
        plans = plan_followbench(model, responses, data, judge, run.limit, config, run.store_file)
        show_plans(plans, run.as_json)
        return
    run.run(
        lambda bar, options: evaluate(model, responses=responses, data=data, judge=judge, config=config, **options),
        model,
        responses,
        lambda calls: {"calls": {phase: tally.to_dict() for phase, tally in calls}},
    )
