"""`spar-eval llmbar`."""

from __future__ import annotations

import click

from spar_data.cli.options import config_options
from spar_eval.benchmarks.llmbar.config import LlmbarConfig
from spar_eval.cli.options import RunOptions, run_options, show_plan


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
def llmbar(data: str | None, judge: str, config: LlmbarConfig, run: RunOptions) -> None:
    """Test a judge on LLMBar: pairs of outputs of which one follows the instruction.

    --limit is per subset. A tie, a reply without a verdict and a failed call count as wrong; the numbers without them are shown
    beside.

    \b
    Examples:
      spar-eval llmbar --judge openai:gpt-4o-mini --dry-run
      spar-eval llmbar --data LLMBar/Dataset/LLMBar --judge openai:my-judge@http://localhost:8000/v1 --mode pointwise
      spar-eval llmbar --data LLMBar/Dataset/LLMBar --judge smollm2 --subset Natural --votes 1 --limit 2 --max-tokens 60
    """
    from spar_eval.benchmarks.llmbar.run import llmbar as evaluate
    from spar_eval.benchmarks.llmbar.run import plan_llmbar

    if run.dry_run:
        show_plan(plan_llmbar(judge, data, run.limit, config, run.store_file), judge, run.as_json)
    else:
        run.run(lambda bar, options: evaluate(judge, data=data, config=config, **options), judge)
