"""`spar-eval llmbar`"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_eval.cli.options import run_options

if TYPE_CHECKING:
    from spar_data.models import Limits


@click.command()
@click.option(
    "--data",
    metavar="PATH",
    help="The folder of LLMBar (*/dataset.json), one of its files, or a dataset of the "
    "Hub.  [default: llmbar under $SPAR_BENCHMARKS, else princeton-nlp/LLMBar]",
)
@click.option("--judge", "spec", required=True, metavar="SPEC", help="`spar-data models` lists the kinds.")
@click.option(
    "--mode",
    type=click.Choice(["pointwise", "pairwise", "both"]),
    default="both",
    show_default=True,
    help="Each output alone, as in SPaR, or both side by side, in both orders.",
)
@click.option(
    "--votes", type=click.IntRange(1), default=5, show_default=True, help="Of a judgement; the majority counts."
)
@click.option("--temperature", type=click.FloatRange(0, 2), default=0.7, show_default=True)
@click.option("--max-tokens", type=click.IntRange(1), default=2048, show_default=True, help="Of one judgement.")
@click.option(
    "--subset",
    "subsets",
    multiple=True,
    metavar="NAME",
    help="Natural, GPTInst, GPTOut, Manual, Neighbor.  [default: all five]",
)
@run_options
def llmbar(
    data: str | None, spec: str, mode: str, votes: int, temperature: float, max_tokens: int, subsets: tuple[str, ...],
    limit: int | None, out: Path | None, store_file: Path, limits: Limits, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Test a judge on LLMBar: pairs of outputs of which one follows the instruction.

    --limit is per subset. A tie, a reply without a verdict and a failed call count as wrong; the numbers without them stand
    beside.

    \b
    Examples:
      spar-eval llmbar --judge openai:gpt-4o-mini --dry-run
      spar-eval llmbar --data LLMBar/Dataset/LLMBar --judge openai:my-judge@http://localhost:8000/v1 --mode pointwise
      spar-eval llmbar --data LLMBar/Dataset/LLMBar --judge smollm2 --subset Natural --votes 1 --limit 2 --max-tokens 60
    """
    from spar_data.cli.progress import meter
    from spar_data.models import Store, identify
    from spar_data.models.estimate import plan_calls
    from spar_data.models.summary import closing
    from spar_data.sources.json_rows import locate
    from spar_eval.benchmarks.llmbar import HUB, Judge, load, requests, run
    from spar_eval.cli.options import finish, result_folder, show_plan

    judge = Judge(spec, mode, votes, temperature, max_tokens)
    identify(spec)  # a wrong spec is an error before anything is written
    pairs = load(data or locate(("llmbar", "LLMBar"), HUB), subsets, limit or 0)
    if dry_run:
        show_plan(plan_calls(spec, requests(pairs, judge), store_file), spec, as_json)
        return
    with meter() as bar, Store(store_file) as store:
        result, tally = run(pairs, judge, store, limits, bar.calls("judge"), limit or 0)
    if not as_json:
        click.echo(f"{closing(tally)}\n")
    finish(result, out or result_folder("llmbar", spec), as_json, tally.to_dict())
