"""`spar-eval followbench`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_eval.commands.options import FILE, data_option, run_options, sampling_options

if TYPE_CHECKING:
    from spar_data.models import Limits

_CATEGORIES = ("content", "situation", "style", "format", "example", "mixed")


@click.command()
@data_option("the folder data/ of YJiangcm/FollowBench, or YuxinJiang/FollowBench from the Hub")
@click.option("--model", metavar="SPEC", help="The model under test; `spar-data models` lists the kinds.")
@click.option("--responses", type=FILE, help="Score this JSON Lines file (prompt or id, and response) instead.")
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
@sampling_options
@run_options
def followbench(
    data: str, model: str | None, responses: Path | None, judge: str | None, votes: int, judge_max_tokens: int,
    categories: tuple[str, ...], rules_only: bool, checker: str, temperature: float, top_p: float, max_tokens: int, system: str,
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
    from spar_data.models import Store, identify
    from spar_data.progress import meter
    from spar_data.respond import Sampling
    from spar_eval import followbench as work
    from spar_eval.commands.options import finish, folder

    if not model and not responses:
        raise click.UsageError("--model or --responses is needed")
    if not judge and not rules_only:
        raise click.UsageError("--judge is needed, or --rules-only")
    every = work.load(data)
    chosen = work.select(every, categories, limit, rules_only)
    sampling = Sampling(1, temperature, top_p, max_tokens, system)
    name = model or (responses.stem if responses else "")
    job = work.Job(
        chosen, every, name, responses, sampling, None if rules_only else judge, votes, judge_max_tokens, checker
    )
    for spec in filter(None, (None if responses else model, job.judge)):
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
            click.echo(closing(tally), err=True)
    finish(result, folder(out, "followbench", name), as_json, more)
