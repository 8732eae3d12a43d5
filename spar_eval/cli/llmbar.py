"""`spar-eval llmbar`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_eval.benchmarks.llmbar.config import LlmbarConfig
from spar_eval.cli.options import config_options, finish, result_folder, run_options, show_plan

if TYPE_CHECKING:
    from spar_data.models import Limits


@click.command()
@click.option(
    "--data",
    metavar="PATH",
    help="The folder of LLMBar (*/dataset.json), one of its files, or a dataset of the Hub.  [default: llmbar under "
    "$SPAR_BENCHMARKS, else princeton-nlp/LLMBar]",
)
@click.option("--judge", required=True, metavar="SPEC", help="The judge; `spar-data models` lists the kinds.")
@config_options(LlmbarConfig, "config")
@run_options
def llmbar(
    data: str | None, judge: str, config: LlmbarConfig, limit: int | None, out: Path | None, store_file: Path,
    limits: Limits, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Test a judge on LLMBar: pairs of outputs of which one follows the instruction.

    --limit is per subset. A tie, a reply without a verdict and a failed call count as wrong; the numbers without them are shown
    beside.

    \b
    Examples:
      spar-eval llmbar --judge openai:gpt-4o-mini --dry-run
      spar-eval llmbar --data LLMBar/Dataset/LLMBar --judge openai:my-judge@http://localhost:8000/v1 --mode pointwise
      spar-eval llmbar --data LLMBar/Dataset/LLMBar --judge smollm2 --subset Natural --votes 1 --limit 2 --max-tokens 60
    """
    from spar_data.cli.progress import meter
    from spar_data.models.summary import closing
    from spar_eval.benchmarks.llmbar import run

    if dry_run:
        show_plan(run.plan_llmbar(judge, data, limit, config, store_file), judge, as_json)
        return
    with meter() as bar:
        result = run.llmbar(
            judge, data=data, limit=limit, config=config, store=store_file, limits=limits, reports=bar.calls
        )
    ((_, tally),) = result.calls
    if not as_json:
        click.echo(f"{closing(tally)}\n")
    finish(result, out or result_folder("llmbar", judge), as_json, tally.to_dict())
