"""`spar-eval followbench`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_eval.benchmarks.followbench.config import FollowBenchConfig
from spar_eval.cli.options import (
    config_options,
    finish,
    model_or_responses,
    result_folder,
    run_options,
    show_plans,
)

if TYPE_CHECKING:
    from spar_data.models import Limits


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
    limit: int | None, out: Path | None, store_file: Path, dry_run: bool, as_json: bool, limits: Limits,
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
    from spar_data.cli.progress import meter
    from spar_data.models.summary import closing
    from spar_eval.benchmarks.followbench import run

    if dry_run:
        show_plans(list(run.plan_followbench(model, responses, data, judge, limit, config, store_file)), as_json)
        return
    with meter() as bar:
        result = run.followbench(
            model, responses=responses, data=data, judge=judge, limit=limit, config=config, store=store_file,
            limits=limits, reports=bar.calls,
        )  # fmt: skip
    if not as_json:
        for _, tally in result.calls:
            click.echo(f"{closing(tally)}\n")
    name = model or (responses.stem if responses else "")
    calls = {phase: tally.to_dict() for phase, tally in result.calls}
    finish(result, out or result_folder("followbench", name), as_json, {"calls": calls})
