"""`spar-eval followbench`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_eval.cli.options import FILE, config_options, run_options
from spar_eval.config import ResponseConfig

if TYPE_CHECKING:
    from spar_data.models import Limits

_CATEGORIES = ("content", "situation", "style", "format", "example", "mixed")


@click.command()
@click.option("--data", metavar="PATH", help="Folder of FollowBench's CATEGORY_constraints.json, or the table of all rows, on "
              "the Hub or local.  [default: that folder under $SPAR_BENCHMARKS, else YuxinJiang/FollowBench]")  # fmt: skip
@click.option("--model", metavar="SPEC", help="Let this model respond; `spar-data models` lists the kinds.")
@click.option("--responses", type=FILE, help="Score these responses instead: JSON Lines with prompt (or id) and response, "
              "or a responses.jsonl of an earlier run.")  # fmt: skip
@click.option("--judge", metavar="SPEC", help="The model that judges what no rule can; any kind of model.")
@click.option("--votes", type=click.IntRange(1), default=1, show_default=True, help="Judgements a response; the majority "
              "counts, by constraint. One is greedy, several are sampled.")  # fmt: skip
@click.option("--judge-max-tokens", type=click.IntRange(1), default=1024, show_default=True, help="Of one judgement, its "
              "thinking included.")  # fmt: skip
@click.option(
    "--category", "categories", multiple=True, type=click.Choice(_CATEGORIES), help="Only this one; repeatable."
)
@click.option("--rules-only", is_flag=True, help="Only the groups that rules score; needs no judge.")
@click.option("--checker", type=click.Choice(["official", "fixed"]), default="official", show_default=True,
              help="The repository's rules as they are, or mended.")  # fmt: skip
@config_options(ResponseConfig, "config", without=("samples",))
@run_options
def followbench(
    data: str | None, model: str | None, responses: Path | None, judge: str | None, votes: int, judge_max_tokens: int,
    categories: tuple[str, ...], rules_only: bool, checker: str, config: ResponseConfig,
    limit: int | None, out: Path | None, store_file: Path, dry_run: bool, as_json: bool, limits: Limits,
) -> None:  # fmt: skip
    """FollowBench: instructions that gain one constraint a level. Reports HSR, SSR and CSL.

    --limit takes the first N groups (5 prompts each) of every category. Rows of the category example and of some sources
    are scored by rules, the others by the judge, who sees how the instruction grew.

    \b
    Examples:
      spar-eval followbench --data FollowBench/data --model smollm2 --judge openai:gpt-4o-mini
      spar-eval followbench --data FollowBench/data --responses answers.jsonl --judge openai:gpt-4o-mini --votes 3
      spar-eval followbench --data FollowBench/data --model smollm2 --rules-only --checker fixed
    """
    from spar_data.cli.progress import meter
    from spar_data.models import Store, identify
    from spar_eval.benchmarks import followbench as work
    from spar_eval.cli.options import finish, result_folder

    if (model is None) == (responses is None):
        raise click.UsageError("one of --model SPEC (let it respond) and --responses FILE (score these) is expected")
    if (judge is None) != rules_only:
        raise click.UsageError("one of --judge SPEC and --rules-only (what needs no judge) is expected")
    every = work.load(data or work.default_data())
    chosen = work.select(every, categories, limit, rules_only)
    name = model or Path(str(responses)).name
    job = work.Job(chosen, every, name, responses, config, judge, votes, judge_max_tokens, checker)
    for spec in filter(None, (model, judge)):
        identify(spec)  # a wrong spec is an error before anything is asked
    if dry_run:
        for line in work.plans(job, store_file, as_json):
            click.echo(line)
        return
    with meter() as bar, Store(store_file) as store:
        result, tallies = work.run(job, store, limits, bar.calls)
    more = {"calls": {phase: tally.to_dict() for phase, tally in tallies.items()}}
    if not as_json:
        from spar_data.models.summary import closing

        for tally in tallies.values():
            click.echo(f"{closing(tally)}\n")
    finish(result, out or result_folder("followbench", model or Path(name).stem), as_json, more)
